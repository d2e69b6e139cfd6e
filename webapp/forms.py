"""Signing up and signing in, with a limit to wrong passwords."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm, UsernameField
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from webapp.miss_limits import MissLimit, address_of

# For one name from one address, and for all names from there: enough for a family that forgets, not for a list.
wrong_passwords: Final = MissLimit(10, 600)
wrong_names: Final = MissLimit(50, 600)
TOO_MANY: Final = "Too many wrong tries from here. Wait ten minutes, then try again."


class LimitedSignIn:
    """A mixin for Django's forms: beyond the limit it does not even look at the password."""

    def clean(self: Any) -> dict[str, Any]:
        address = address_of(self.request)
        key = f"{address} {self.cleaned_data.get('username', '').casefold()}"
        if wrong_passwords.is_reached(key) or wrong_names.is_reached(address):
            raise ValidationError(TOO_MANY, code="too_many")
        try:
            cleaned: dict[str, Any] = super().clean()  # type: ignore[misc]
        except ValidationError:
            wrong_passwords.miss(key)
            wrong_names.miss(address)
            raise
        wrong_passwords.forget(key)
        return cleaned


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
        self.fields["password1"].help_text = "At least 8 characters; nothing common, not only digits, not your name."
        self.fields["password2"].label = "The same password again"
        self.fields["password2"].help_text = ""

    def clean_username(self) -> str:
        """Names that differ only in their case would be taken for one person."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError("Somebody has this name already.", code="taken")
        return username
