"""Django's admin under Inkling's name."""

from django.contrib import admin


class InklingAdminSite(admin.AdminSite):
    site_header = "Inkling"
    site_title = "Inkling"
    index_title = "What serves, and who writes"
