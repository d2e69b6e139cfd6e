"""What the web server runs: static files by ourselves, pages by Django, sockets by Channels."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
# Sets Django up, so it comes before everything that imports models.
pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from webapp.origins import KnownOrigins  # noqa: E402
from webapp.routing import websocket_urlpatterns  # noqa: E402
from webapp.static_files import StaticFiles, list_files  # noqa: E402

http = StaticFiles(pages, settings.STATIC_URL, list_files())
sockets = KnownOrigins(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), settings.WEBSOCKET_ORIGINS)

application = ProtocolTypeRouter({"http": http, "websocket": sockets})
