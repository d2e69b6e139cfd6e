"""The two Django apps that are ours: the web app, and the admin with our site in place of Django's."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class WebappConfig(AppConfig):
    name = "webapp"


class InklingAdminConfig(AdminConfig):
    default_site = "webapp.admin.site.InklingAdminSite"
