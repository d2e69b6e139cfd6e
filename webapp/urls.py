"""Every page's address. Sockets are in routing.py, static files in static_files.py."""

from django.contrib import admin
from django.urls import include, path

from webapp.views import account_settings
from webapp.views.accounts import account, sign_in, sign_out, sign_up
from webapp.views.checkpoints import checkpoint_card
from webapp.views.document_actions import delete, duplicate, duplicate_share, rename
from webapp.views.document_list import documents
from webapp.views.documents import document_page
from webapp.views.files import export_document, export_share, import_file
from webapp.views.health import healthz, readyz
from webapp.views.home import home
from webapp.views.links import links, revoke_link
from webapp.views.publications import publication_page, publications, withdraw, write_on
from webapp.views.recovery import follow_recovery, forgotten, make_recovery_link, recover
from webapp.views.shares import follow_link, share_page

urlpatterns = [
    path("", home, name="home"),
    path("documents/", documents, name="documents"),
    path("documents/import/", import_file, name="import"),
    path("documents/<uuid:document_id>/", document_page, name="document"),
    path("documents/<uuid:document_id>/links/", links, name="links"),
    path("documents/<uuid:document_id>/links/<uuid:share_id>/revoke/", revoke_link, name="revoke-link"),
    path("documents/<uuid:document_id>/publications/", publications, name="publications"),
    path("documents/<uuid:document_id>/publications/<slug:slug>/withdraw/", withdraw, name="withdraw"),
    path("documents/<uuid:document_id>/export/<str:kind>", export_document, name="export"),
    path("shares/<uuid:share_id>/export/<str:kind>", export_share, name="export-share"),
    path("documents/<uuid:document_id>/rename/", rename, name="rename"),
    path("documents/<uuid:document_id>/duplicate/", duplicate, name="duplicate"),
    path("shares/<uuid:share_id>/duplicate/", duplicate_share, name="duplicate-share"),
    path("documents/<uuid:document_id>/delete/", delete, name="delete"),
    path("p/<slug:slug>", publication_page, name="publication"),
    path("p/<slug:slug>/write-on/", write_on, name="write-on"),
    path("s/<str:token>", follow_link, name="follow-link"),
    path("shares/<uuid:share_id>/", share_page, name="share"),
    path("documents/<uuid:document_id>/history/", include("webapp.history.urls")),
    path("shares/<uuid:share_id>/history/", include("webapp.history.urls")),
    path("account/", account, name="account"),
    path("account/sign-up/", sign_up, name="sign-up"),
    path("account/sign-in/", sign_in, name="sign-in"),
    path("account/sign-out/", sign_out, name="sign-out"),
    path("account/name/", account_settings.change_name, name="change-name"),
    path("account/password/", account_settings.change_password, name="change-password"),
    path("account/e-mail/", account_settings.change_email, name="change-email"),
    path("account/sign-out-others/", account_settings.sign_out_others, name="sign-out-others"),
    path("account/password-link/", account_settings.make_account_link, name="account-link"),
    path("account/delete/", account_settings.delete_account, name="delete-account"),
    path("account/forgotten/", forgotten, name="forgotten"),
    path("account/recovery-link/", make_recovery_link, name="recovery-link"),
    path("recover/", recover, name="recover"),
    path("recover/<str:token>", follow_recovery, name="follow-recovery"),
    path("checkpoints/<str:name>/", checkpoint_card, name="checkpoint"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("admin/", admin.site.urls),
]
