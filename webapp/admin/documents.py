"""Documents and share links: to look at, to disable, to revoke. What people wrote is nobody's to change here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from webapp.collab import authority
from webapp.groups import announce_access_changed
from webapp.models import Document, ShareLink

PREVIEW_LENGTH = 2000
LINK_FIELDS = ("role", "label", "created_at", "expires_at", "revoked_at")


class ReadOnlyAdmin:
    """No adding and no deleting; changing only what the fields below allow."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ShareLinkInline(ReadOnlyAdmin, admin.TabularInline):  # type: ignore[type-arg]
    model = ShareLink
    fields = LINK_FIELDS
    readonly_fields = LINK_FIELDS
    extra = 0
    show_change_link = True


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "id", "user", "revision", "is_disabled", "updated_at"]
    list_filter = ["is_disabled"]
    search_fields = ["title", "id"]
    actions = ["disable", "enable"]
    fields = ["id", "title", "user", "is_disabled", "revision", "created_at", "updated_at", "preview"]
    readonly_fields = ["id", "title", "user", "revision", "created_at", "updated_at", "preview"]
    inlines = [ShareLinkInline]

    @admin.display(description="text")
    def preview(self, document: Document) -> str:
        text = authority.read(document.pk).text
        return text if len(text) <= PREVIEW_LENGTH else f"{text[:PREVIEW_LENGTH]} …"

    @admin.action(description="Disable")
    def disable(self, request: HttpRequest, documents: QuerySet[Document]) -> None:
        set_disabled(documents, True)

    @admin.action(description="Enable")
    def enable(self, request: HttpRequest, documents: QuerySet[Document]) -> None:
        set_disabled(documents, False)

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        announce_access_changed([obj.pk])


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnlyAdmin, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("id", "document", *LINK_FIELDS)
    list_filter = ["role"]
    search_fields = ["label", "document__title"]
    actions = ["revoke"]
    fields = ("id", "document", *LINK_FIELDS)
    readonly_fields = fields

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, links: QuerySet[ShareLink]) -> None:
        document_ids = set(links.values_list("document_id", flat=True))
        num_revoked = ShareLink.objects.filter(pk__in=links).revoke()
        announce_access_changed(document_ids)
        self.message_user(request, f"{num_revoked} link{pluralize(num_revoked)} taken back.")


def set_disabled(documents: QuerySet[Document], is_disabled: bool) -> None:
    document_ids = list(documents.values_list("pk", flat=True))
    documents.update(is_disabled=is_disabled)
    announce_access_changed(document_ids)
