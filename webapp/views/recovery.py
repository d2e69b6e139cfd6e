"""Recovery links: made, shown once, and used from another browser.

A browser's brings its documents along; an account's, or one that was sent by e-mail, sets a new password.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp import accounts, browser, reset_mail
from webapp.account_forms import ForgottenForm, NewPasswordForm
from webapp.groups import announce_access_changed
from webapp.miss_limits import MissLimit, address_of
from webapp.models import Document, RecoveryLink
from webapp.views import secret_links
from webapp.views.responses import SeeOther, form_page, posted, too_many

SESSION_KEY = "recovery"
forgotten_requests = MissLimit(20, 3600)


@require_POST
@never_cache
def make_recovery_link(request: HttpRequest) -> HttpResponse:
    """Of this browser."""
    return show_link(request, RecoveryLink.make(browser.recognise(request.session)))


def show_link(request: HttpRequest, token: str) -> HttpResponse:
    """This answer is the only place where the link can be read."""
    url = request.build_absolute_uri(reverse("follow-recovery", args=[token]))
    return render(request, "recovery_link.html", {"url": url})


@require_safe
@never_cache
def follow_recovery(request: HttpRequest, token: str) -> HttpResponse:
    """Leads away from the token, to a question: following an address must not move anybody's documents."""
    return secret_links.follow(request, RecoveryLink.with_token(token), lambda link: ask(request, link))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def recover(request: HttpRequest) -> HttpResponse:
    link = RecoveryLink.objects.usable().filter(pk=request.session.get(SESSION_KEY, 0)).first()
    if link is None:
        raise Http404("There is no such link.")
    return choose_password(request, link.user) if link.user else recover_documents(request, link)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """Says what is possible here; the answer to a name is the same whether there is such an account or not."""
    form = ForgottenForm(posted(request)) if settings.CAN_SEND_EMAIL else None
    is_sent = False
    if request.method == "POST" and form is not None and form.is_valid():
        address = address_of(request)
        if forgotten_requests.is_reached(address):
            return too_many(request, "Many passwords were forgotten here in the last hour. Try again later.")
        forgotten_requests.miss(address)
        reset_mail.send_to(request, form.cleaned_data["who"])
        is_sent = True
    status = 400 if form is not None and form.errors else 200
    return render(request, "forgotten.html", {"form": form, "is_sent": is_sent}, status=status)


def ask(request: HttpRequest, link: RecoveryLink) -> HttpResponse:
    request.session[SESSION_KEY] = link.pk
    return SeeOther(reverse("recover"))


def choose_password(request: HttpRequest, user: User) -> HttpResponse:
    """The link has done its work then, and whoever used it is signed in."""
    form = NewPasswordForm(user, posted(request))
    if request.method != "POST" or not form.is_valid():
        lead = f"For the account {user.get_username()}. Everywhere else it is signed out."
        return form_page(request, form, "A new password", lead, back=reverse("home"), **browser.adoption(request))
    accounts.set_password(request, user, form.cleaned_data["new_password1"])
    RecoveryLink.objects.filter(pk=request.session.pop(SESSION_KEY)).delete()
    login(request, user)
    return SeeOther(reverse("documents"))


def recover_documents(request: HttpRequest, link: RecoveryLink) -> HttpResponse:
    if request.method == "POST":
        bring_back(request, link)
        del request.session[SESSION_KEY]
        return SeeOther(reverse("documents"))
    context = {
        "num_documents": Document.objects.owned_by(link.browser_id, None).count(),
        "is_here": link.browser_id == browser.recognise(request.session),
    }
    return render(request, "recover.html", context)


def bring_back(request: HttpRequest, link: RecoveryLink) -> None:
    """The documents move to this browser, or to the account signed in here, and the link with them.

    They move to whoever has the link and never the other way round: a link that somebody else sends takes nothing.
    """
    browser_id = browser.recognise(request.session)
    user = request.user if request.user.is_authenticated else None
    with transaction.atomic():
        documents = Document.objects.owned_by(link.browser_id, None)
        moved = list(documents.values_list("pk", flat=True))
        documents.update(browser_id=browser_id, user=user)
        RecoveryLink.objects.filter(pk=link.pk).update(browser_id=browser_id, used_at=timezone.now())
        announce_access_changed(moved)
