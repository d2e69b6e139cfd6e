"""The recovery link of an owner without account: made, shown once, and used from another browser."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp import browser
from webapp.groups import announce_access_changed
from webapp.models import Document, RecoveryLink
from webapp.views import secret_links
from webapp.views.responses import SeeOther

SESSION_KEY = "recovery"


@require_POST
@never_cache
def make_recovery_link(request: HttpRequest) -> HttpResponse:
    """This answer is the only place where the link can be read."""
    token = RecoveryLink.make(browser.recognise(request.session))
    url = request.build_absolute_uri(reverse("follow-recovery", args=[token]))
    return render(request, "recovery_link.html", {"url": url})


@require_safe
@never_cache
def follow_recovery(request: HttpRequest, token: str) -> HttpResponse:
    """Leads away from the token, to a question: following an address must not move anybody's documents."""
    return secret_links.follow(request, RecoveryLink.with_token(token), lambda link: ask(request, link))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def recover(request: HttpRequest) -> HttpResponse:
    link = RecoveryLink.objects.filter(pk=request.session.get(SESSION_KEY, 0)).first()
    if link is None:
        raise Http404("There is no such link.")
    if request.method == "POST":
        bring_back(request, link)
        del request.session[SESSION_KEY]
        return SeeOther(reverse("documents"))
    context = {
        "num_documents": Document.objects.owned_by(link.browser_id, None).count(),
        "is_here": link.browser_id == browser.recognise(request.session),
    }
    return render(request, "recover.html", context)


def ask(request: HttpRequest, link: RecoveryLink) -> HttpResponse:
    request.session[SESSION_KEY] = link.pk
    return SeeOther(reverse("recover"))


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
