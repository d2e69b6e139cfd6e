"""Accounts, for those who want one: sign up, sign in, sign out."""

from __future__ import annotations

from typing import Final

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp import browser
from webapp.forms import SignInForm, SignUpForm
from webapp.miss_limits import MissLimit, address_of
from webapp.models import Document
from webapp.views.responses import SeeOther, too_many

# A class signs up in an hour, a script in a second.
new_accounts: Final = MissLimit(40, 3600)


@require_safe
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "account.html", {"num_documents": num_guest_documents(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def sign_up(request: HttpRequest) -> HttpResponse:
    form = SignUpForm(request.POST or None)
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
    form = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return SeeOther(reverse("documents"))
    return account_form(request, form, "Sign in")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """The browser stays who it is to its guest's documents; followed links and the account are forgotten."""
    browser_id = browser.recognise(request.session)
    logout(request)
    request.session["browser_id"] = browser_id
    return SeeOther(reverse("home"))


def account_form(request: HttpRequest, form: SignInForm | SignUpForm, verb: str) -> HttpResponse:
    context = {
        "form": form,
        "verb": verb,
        "leave_field": browser.LEAVE_FIELD,
        "num_documents": num_guest_documents(request),
    }
    return render(request, "sign.html", context, status=400 if form.errors else 200)


def num_guest_documents(request: HttpRequest) -> int:
    """How many documents belong to this browser and to no account."""
    return Document.objects.owned_by(browser.recognise(request.session), None).count()
