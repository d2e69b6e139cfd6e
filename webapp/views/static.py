"""Serves our static files and the admin's, each for ever: their address changes with their content.

Neither whitenoise nor servestatic compresses without `collectstatic`, which starting Inkling shall not need.
"""

import mimetypes
from pathlib import Path, PurePath

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from webapp.static import is_served

YEAR = 365 * 24 * 60 * 60

# Types of our own, since those of the machine differ, and browsers refuse modules of the wrong type.
TYPES = mimetypes.MimeTypes()
TYPES.add_type("text/javascript", ".js")
TYPES.add_type("text/javascript", ".mjs")
TYPES.add_type("font/woff2", ".woff2")


@require_safe
@gzip_page
@cache_control(public=True, max_age=YEAR, immutable=True)
def static_file(request: HttpRequest, path: str) -> HttpResponse:
    found = find(path)
    if found is None:
        raise Http404(f"There is no static file {path!r}.")
    content_type = TYPES.guess_type(found.name)[0] or "application/octet-stream"
    return HttpResponse(found.read_bytes(), content_type=content_type)


def find(path: str) -> Path | None:
    if not is_served(PurePath(path)):
        return None
    try:
        found = finders.find(path)
    except SuspiciousFileOperation:
        return None
    return Path(found) if isinstance(found, str) and Path(found).is_file() else None
