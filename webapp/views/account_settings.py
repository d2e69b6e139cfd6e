"""What one does with one's account, each on a page with a form: name, password, e-mail address, sign-outs, its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from webapp import accounts
from webapp.account_forms import (
    AccountForm,
    ChangePasswordForm,
    DeleteAccountForm,
    EmailForm,
    NameForm,
    RecoveryLinkForm,
    SignOutOthersForm,
)
from webapp.models import RecoveryLink
from webapp.views.recovery import show_link
from webapp.views.responses import SeeOther, absent_is_404, form_page, posted

View = Callable[..., HttpResponse]
Act = Callable[[HttpRequest, User, dict[str, Any]], HttpResponse | str]


def settings_page(form_class: type[AccountForm], heading: str, lead: str) -> Callable[[Act], View]:
    """Asks with the form; the function that it decorates acts on what is valid, and answers or says what was done."""

    def decorate(act: Act) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @never_cache
        @sensitive_post_parameters()
        @absent_is_404
        @wraps(act)
        def view(request: HttpRequest) -> HttpResponse:
            if not isinstance(request.user, User):
                return SeeOther(reverse("sign-in"))
            form = form_class(request, posted(request), initial=initial_of(request.user))
            if request.method != "POST" or not form.is_valid():
                return form_page(request, form, heading, lead, back=reverse("account"))
            done = act(request, request.user, form.cleaned_data)
            return done if isinstance(done, HttpResponse) else finish(request, done)

        return view

    return decorate


def initial_of(user: User) -> dict[str, Any]:
    return {"username": user.get_username(), "email": user.email, "documents": "keep"}


def finish(request: HttpRequest, message: str) -> HttpResponse:
    messages.success(request, message)
    return SeeOther(reverse("account"))


@settings_page(NameForm, "Another name", "What you have written stays under the name that you had then.")
def change_name(request: HttpRequest, user: User, wanted: dict[str, Any]) -> str:
    user.username = wanted["username"]
    user.save(update_fields=["username"])
    return f"Your name is {user.username} now. Open pages show it when they are loaded again."


@settings_page(ChangePasswordForm, "Another password", "Everywhere else you are signed out.")
def change_password(request: HttpRequest, user: User, wanted: dict[str, Any]) -> str:
    accounts.set_password(request, user, wanted["new_password1"])
    return "Your password is changed. Everywhere else you are signed out."


@settings_page(EmailForm, "E-mail address", "It serves one thing: a link, when you forget your password.")
def change_email(request: HttpRequest, user: User, wanted: dict[str, Any]) -> str:
    user.email = wanted["email"]
    user.save(update_fields=["email"])
    return f"A forgotten password brings a link to {user.email}." if user.email else "No e-mail address is kept."


@settings_page(SignOutOthersForm, "Sign out everywhere else", "In all other browsers; this one stays signed in.")
def sign_out_others(request: HttpRequest, user: User, wanted: dict[str, Any]) -> str:
    # The same password with new salt: sessions know the difference.
    accounts.set_password(request, user, wanted["password"])
    return "Everywhere else you are signed out."


@settings_page(
    RecoveryLinkForm,
    "A recovery link",
    "One secret address that sets a new password, for when you forget yours. A new one makes the one before worthless.",
)
def make_account_link(request: HttpRequest, user: User, wanted: dict[str, Any]) -> HttpResponse:
    return show_link(request, RecoveryLink.make_for_account(user))


@settings_page(
    DeleteAccountForm,
    "Delete your account?",
    "It is gone for good, and you are signed out everywhere. In pages of other people your words stay, with your name.",
)
def delete_account(request: HttpRequest, user: User, wanted: dict[str, Any]) -> HttpResponse:
    keeps_documents = wanted["documents"] == "keep"
    accounts.delete_account(request, user, keeps_documents=keeps_documents)
    return render(request, "account_deleted.html", {"keeps_documents": keeps_documents})
