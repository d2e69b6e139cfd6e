"""Documents as files: bring one along, take one away."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from webapp import access, copies, imports
from webapp.access import Access
from webapp.collab import authority
from webapp.collab.names import clean_line
from webapp.errors import ClientError
from webapp.exports import EXPORTS, FOR_READERS
from webapp.paragraphs import UNTITLED, title_of
from webapp.views.document_list import list_page
from webapp.views.responses import SeeOther, absent_is_404

FORBIDDEN: Final = re.compile(r'[\\/:*?"<>|]')
# In any script it stays below the 255 bytes that file systems allow.
MAX_NAME_LENGTH: Final = 60


@require_POST
def import_file(request: HttpRequest) -> HttpResponse:
    upload = request.FILES.get("file")
    if upload is None:
        return list_page(request, problem="Choose a file first.")
    # One byte more than is possible is enough to refuse it.
    data = upload.read(imports.MAX_BYTES + 1)
    try:
        document = imports.import_document(copies.author_of(request), upload.name or "", data)
    except ClientError as error:
        return list_page(request, problem=error.message)
    return SeeOther(reverse("document", args=[document.pk]))


@require_safe
@never_cache
@absent_is_404
def export_document(request: HttpRequest, document_id: UUID, kind: str) -> HttpResponse:
    return export(access.for_document(request.session, request.user, document_id), kind)


@require_safe
@never_cache
@absent_is_404
def export_share(request: HttpRequest, share_id: UUID, kind: str) -> HttpResponse:
    return export(access.for_share(request.session, share_id), kind)


def export(allowed: Access, kind: str) -> HttpResponse:
    if kind not in EXPORTS or not (allowed.can_edit or kind in FOR_READERS):
        raise Http404("There is no such file.")
    document, state = allowed.document, authority.read(allowed.document.pk)
    content_type, make = EXPORTS[kind]
    response = HttpResponse(make(document, state), content_type=content_type)
    name = f"{file_name(title_of(document.title, state.text))}.{kind}"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def file_name(title: str) -> str:
    """A title without what file systems forbid or what would hide the file or turn its ending round."""
    name = FORBIDDEN.sub("-", clean_line(title, MAX_NAME_LENGTH)).strip(". ")
    return name or UNTITLED
