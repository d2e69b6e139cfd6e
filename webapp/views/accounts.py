"""Accounts, for those who want one: sign up, sign in, sign out. What changes one is in account_settings.py."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp import accounts, browser
from webapp.forms import SignInForm, SignUpForm
from webapp.miss_limits import MissLimit, address_of
from webapp.models import RecoveryLink
from webapp.views.responses import SeeOther, posted, too_many

# A class signs up in an hour, a script in a second.
new_accounts: Final = MissLimit(40, 3600)


@require_safe
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    user = request.user
    link = RecoveryLink.objects.of_account(user).lasting().first() if isinstance(user, User) else None
    context = {"num_documents": browser.num_documents(request), "link": link, "can_send_email": settings.CAN_SEND_EMAIL}
    return render(request, "account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def sign_up(request: HttpRequest) -> HttpResponse:
    form = SignUpForm(posted(request))
    address = address_of(request)
    if request.method == "POST" and form.is_valid():
        if new_accounts.is_reached(address):
            return too_many(request, "Many accounts were made from here in the last hour. Try again later.")
        new_accounts.miss(address)
        user = form.save()
        login(request, user)
        return SeeOther(reverse("documents"))
    return account_form(request, form, "Sign up")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request, posted(request))
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return SeeOther(reverse("documents"))
    return account_form(request, form, "Sign in")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    accounts.sign_out(request)
    return SeeOther(reverse("home"))


def account_form(request: HttpRequest, form: SignInForm | SignUpForm, verb: str) -> HttpResponse:
    context = {"form": form, "verb": verb, **browser.adoption(request)}
    return render(request, "sign.html", context, status=400 if form.errors else 200)
