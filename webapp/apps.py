"""The two Django apps that are ours: the web app, and the admin with our site in place of Django's."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class WebappConfig(AppConfig):
    name = "webapp"
    verbose_name = "Inkling"

    def ready(self) -> None:
        # They import models, which exist only now.
        from webapp import browser, catalogue, checks  # noqa: F401

        browser.watch()
        catalogue.watch()


class InklingAdminConfig(AdminConfig):
    default_site = "webapp.admin_site.InklingAdminSite"
