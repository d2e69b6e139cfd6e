"""Signing up and signing in, with a limit to wrong passwords."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm, UsernameField
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from webapp.miss_limits import MissLimit, address_of

T = TypeVar("T")

# For one name from one address, and for all names from there: enough for a family that forgets, not for a list.
wrong_passwords: Final = MissLimit(10, 600)
wrong_names: Final = MissLimit(50, 600)
PASSWORD_RULES: Final = "At least 8 characters; nothing common, not only digits, not your name."
TOO_MANY: Final = "Too many wrong tries from here. Wait ten minutes, then try again."


def guarded(request: HttpRequest, name: str, check: Callable[[], T]) -> T:
    """What `check` returns of a password; its ValidationErrors are counted, and beyond the limit it is not called."""
    address = address_of(request)
    key = f"{address} {name.casefold()}"
    if wrong_passwords.is_reached(key) or wrong_names.is_reached(address):
        raise ValidationError(TOO_MANY, code="too_many")
    try:
        checked = check()
    except ValidationError:
        wrong_passwords.miss(key)
        wrong_names.miss(address)
        raise
    wrong_passwords.forget(key)
    return checked


def clean_new_name(name: str, besides: int = 0) -> str:
    """Names that differ only in their case would be taken for one person. `besides` is whose it may be already."""
    if User.objects.filter(username__iexact=name).exclude(pk=besides).exists():
        raise ValidationError("Somebody has this name already.", code="taken")
    return name


class LimitedSignIn:
    """A mixin for Django's forms: beyond the limit it does not even look at the password."""

    def clean(self: Any) -> dict[str, Any]:
        return guarded(self.request, self.cleaned_data.get("username", ""), super().clean)  # type: ignore[misc]


class SignInForm(LimitedSignIn, AuthenticationForm):
    username = UsernameField(label="Name", widget=forms.TextInput(attrs={"autocomplete": "username"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")


class AdminSignInForm(LimitedSignIn, AdminAuthenticationForm):
    """The admin's own."""


class SignUpForm(BaseUserCreationForm):  # type: ignore[type-arg]  # not generic when it runs
    class Meta:
        model = User
        fields = ("username",)
        field_classes = {"username": UsernameField}
        labels = {"username": "Name"}
        help_texts = {"username": "Others see it beside your caret. Letters, digits and @ . + - _"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        self.fields["password1"].help_text = PASSWORD_RULES
        self.fields["password2"].label = "The same password again"
        self.fields["password2"].help_text = ""

    def clean_username(self) -> str:
        return clean_new_name(self.cleaned_data["username"])
