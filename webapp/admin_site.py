"""Django's admin under Inkling's name, with a page that shows how the workers fare.

Apart from webapp/admin, whose modules register themselves here while they are imported.
"""

from django.contrib import admin


class InklingAdminSite(admin.AdminSite):
    site_header = "Inkling"
    site_title = "Inkling"
    index_title = "What serves, and who writes"
