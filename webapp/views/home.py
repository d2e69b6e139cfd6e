"""The first page: which checkpoints write here, and what this browser wrote lately."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp import search
from webapp.views.checkpoints import visible_checkpoints
from webapp.views.document_list import own_documents, row_of

NUM_RECENT = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    documents = search.listed(own_documents(request))
    context = {
        "checkpoints": visible_checkpoints(request.user),
        "documents": [row_of(document) for document in documents[:NUM_RECENT]],
    }
    return render(request, "home.html", context)
