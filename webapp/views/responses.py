"""The answers that several pages give."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import render

from webapp.errors import ClientError

View = Callable[..., HttpResponse]


class SeeOther(HttpResponseRedirectBase):
    """After a form or a share link: the browser fetches the other page with GET."""

    status_code = 303


def absent_is_404(view: View) -> View:
    """What one may not see does not exist. A database that does not answer now says to try again."""

    @wraps(view)
    def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except ClientError as error:
            if error.code == "absent":
                raise Http404(error.message) from error
            if error.code == "unavailable":
                return render(request, "500.html", status=503)
            raise

    return wrapper


def too_many(request: HttpRequest, message: str) -> HttpResponse:
    return render(request, "429.html", {"message": message}, status=429)


def json_error(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)
