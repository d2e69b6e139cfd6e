"""Django's admin under Inkling's name, with a page that shows how the workers fare.

Apart from webapp/admin, whose modules register themselves here while they are imported.
"""

from typing import Any

from django.contrib import admin
from django.urls import path

from webapp.forms import AdminSignInForm
from webapp.views.status import status_data, status_page


class InklingAdminSite(admin.AdminSite):
    site_header = "Inkling"
    site_title = "Inkling"
    login_form = AdminSignInForm
    index_title = "What serves, and who writes"

    def get_urls(self) -> list[Any]:
        ours = [
            path("status/", self.admin_view(status_page), name="status"),
            path("status.json", self.admin_view(status_data), name="status-data"),
        ]
        return [*ours, *super().get_urls()]
