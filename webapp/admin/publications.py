"""Published copies: to look at, and to take off their addresses."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from webapp.admin.documents import PREVIEW_LENGTH
from webapp.models import Publication


@admin.register(Publication)
class PublicationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["title", "slug", "byline", "document", "created_at"]
    search_fields = ["title", "slug", "byline"]
    fields = ("slug", "title", "byline", "document", "created_at", "preview")
    readonly_fields = fields

    @admin.display(description="text")
    def preview(self, publication: Publication) -> str:
        text = publication.text
        return text if len(text) <= PREVIEW_LENGTH else f"{text[:PREVIEW_LENGTH]} …"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def view_on_site(self, publication: Publication) -> str:
        return reverse("publication", args=[publication.slug])
