"""The first page: which checkpoints write here, and what this browser wrote lately."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp import browser
from webapp.models import Document
from webapp.views.checkpoints import visible_checkpoints

NUM_RECENT = 20


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    browser_id = browser.recognise(request.session)
    documents = Document.objects.owned_by(browser_id, request.user).filter(is_disabled=False)
    context = {
        "checkpoints": visible_checkpoints(request.user),
        "documents": documents.order_by("-updated_at")[:NUM_RECENT],
    }
    return render(request, "home.html", context)
