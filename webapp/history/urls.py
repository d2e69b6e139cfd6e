"""The addresses of a history, relative to those of its document or share link."""

from django.urls import path

from webapp.views import history

urlpatterns = [
    path("", history.history_page, name="history"),
    path("entries/", history.entries, name="history-entries"),
    path("text/", history.text, name="history-text"),
    path("entry/", history.entry, name="history-entry"),
    path("present/", history.present, name="history-present"),
    path("updates/", history.updates, name="history-updates"),
    path("difference/", history.difference, name="history-difference"),
    path("versions/", history.named_versions, name="history-versions"),
    path("restore/", history.restore, name="history-restore"),
    path("continue/", history.continue_from, name="history-continue"),
]
