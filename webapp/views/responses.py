"""The answers that several pages give."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
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


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: nothing until it is sent, and then also where everything is left out."""
    return request.POST if request.method == "POST" else None


def form_page(request: HttpRequest, form: Any, heading: str, lead: str, back: str, **more: Any) -> HttpResponse:
    """A page for one form, which says its `verb` and whether it `is_danger`; `back` is where "Not now" leads."""
    context = {"form": form, "heading": heading, "lead": lead, "back": back, **more}
    return render(request, "form.html", context, status=400 if form.errors else 200)


def too_many(request: HttpRequest, message: str) -> HttpResponse:
    return render(request, "429.html", {"message": message}, status=429)


def json_error(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)
