"""The forms that change an account. What could take it away from its owner asks for the password."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib.auth.forms import SetPasswordForm, UsernameField
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from webapp.forms import PASSWORD_RULES, clean_new_name, guarded

NEW_AGAIN: Final = "The same password again"


class AccountForm(forms.Form):
    """`verb` stands on the button; `request` is who wants it."""

    verb = "Save"
    is_danger = False

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


class PasswordAsked(AccountForm):
    """Wrong ones count as those of a sign-in do: a page left open is no place to guess."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_password(self) -> str:
        user, password = self.request.user, str(self.cleaned_data["password"])

        def check() -> str:
            if not user.check_password(password):
                raise ValidationError("This is not your password.", code="wrong")
            return password

        return guarded(self.request, user.get_username(), check)


class NameForm(AccountForm):
    username = UsernameField(
        label="New name",
        max_length=150,
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
        help_text="Others see it beside your caret from now on, and you sign in with it.",
    )

    def clean_username(self) -> str:
        return clean_new_name(self.cleaned_data["username"], besides=self.request.user.pk or 0)


class EmailForm(PasswordAsked):
    email = forms.EmailField(
        label="E-mail address",
        required=False,
        max_length=254,
        help_text="Leave it empty to have none.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ["email", "password"]


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # not generic when it runs
    """For whoever came by a recovery link, which stands for the old one."""

    verb = "Set the password"
    is_danger = False

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.label_suffix = ""
        self.fields["new_password1"].help_text = PASSWORD_RULES
        self.fields["new_password2"].label = NEW_AGAIN


class ChangePasswordForm(PasswordAsked, NewPasswordForm):
    verb = "Change it"
    field_order = ["password", "new_password1", "new_password2"]

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        assert isinstance(request.user, User), "the page is for those who are signed in"
        NewPasswordForm.__init__(self, request.user, *args, **kwargs)


class SignOutOthersForm(PasswordAsked):
    verb = "Sign out everywhere else"


class RecoveryLinkForm(PasswordAsked):
    verb = "Make a recovery link"


class DeleteAccountForm(PasswordAsked):
    verb = "Delete the account"
    is_danger = True
    CHOICES: Final = [("keep", "Leave them to this browser"), ("delete", "Delete them for good too")]

    documents = forms.ChoiceField(label="Your pages", choices=CHOICES, widget=forms.RadioSelect, initial="keep")
    field_order = ["documents", "password"]


class ForgottenForm(forms.Form):
    verb = "Send a link"
    is_danger = False

    who = forms.CharField(
        label="Name or e-mail address",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
