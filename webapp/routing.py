"""The sockets' addresses. Those of pages are in urls.py."""

from typing import Any

from django.urls import path, re_path

from webapp.consumers import DocumentConsumer

ABSENT = 4404


async def nowhere(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Any other address. Accepted first, since browsers see no close code of a socket that never opened."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": ABSENT})


consumer = DocumentConsumer.as_asgi()

websocket_urlpatterns = [
    path("ws/documents/<uuid:document_id>/", consumer),
    path("ws/shares/<uuid:share_id>/", consumer),
    re_path("", nowhere),  # type: ignore[arg-type]
]
