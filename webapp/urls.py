"""Every page's address. Sockets are in routing.py."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from webapp.views.checkpoints import checkpoint_card
from webapp.views.documents import create_document, document_page
from webapp.views.health import healthz, readyz
from webapp.views.home import home
from webapp.views.links import links, revoke_link
from webapp.views.shares import follow_link, share_page
from webapp.views.static import static_file

urlpatterns = [
    path("", home, name="home"),
    path("documents/", create_document, name="documents"),
    path("documents/<uuid:document_id>/", document_page, name="document"),
    path("documents/<uuid:document_id>/links/", links, name="links"),
    path("documents/<uuid:document_id>/links/<uuid:share_id>/revoke/", revoke_link, name="revoke-link"),
    path("s/<str:token>", follow_link, name="follow-link"),
    path("shares/<uuid:share_id>/", share_page, name="share"),
    path("documents/<uuid:document_id>/history/", include("webapp.history.urls")),
    path("shares/<uuid:share_id>/history/", include("webapp.history.urls")),
    path("checkpoints/<str:name>/", checkpoint_card, name="checkpoint"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path(f"{settings.STATIC_URL.lstrip('/')}<path:path>", static_file, name="static"),
]
