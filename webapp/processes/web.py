"""The web process: Daphne with our limits, our log, a goodbye to open sockets. `python -m webapp.processes.web`"""

import logging
import sys
from typing import Any

# Before anything else of Twisted: importing it chooses the event loop.
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server as DaphneServer
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor, task
from twisted.internet.defer import Deferred

from webapp.asgi import application
from webapp.processes.bounded_socket import BoundedSocket

logger = logging.getLogger("webapp.access")

# In bytes. The largest frame of the socket's contract.
MAX_FRAME = 256 * 1024
# How long open sockets get to answer the goodbye, so that their consumers end in order.
GOODBYE_SECONDS = 0.5
# autobahn does not let a server send 1012, "service restart".
RESTARTING = 4503


# Daphne makes the factory itself, and asks it for the class.
WebSocketFactory.protocol = BoundedSocket


class Server(DaphneServer):  # type: ignore[misc]  # daphne is untyped
    def kill_all_applications(self) -> Deferred[Any]:
        """Called when the process is asked to stop."""
        sockets = [protocol for protocol in self.connections if isinstance(protocol, WebSocketProtocol)]
        for socket in sockets:
            if socket.state == socket.STATE_OPEN:
                socket.serverClose(code=RESTARTING)
        return task.deferLater(reactor, GOODBYE_SECONDS if sockets else 0, self.cancel_applications)

    def cancel_applications(self) -> Deferred[Any]:
        # Daphne fails here on connections whose application has ended already.
        self.connections: dict[Any, Any] = {
            protocol: details for protocol, details in self.connections.items() if "application_instance" in details
        }
        return super().kill_all_applications()


def log_action(protocol: str, action: str, details: dict[str, Any]) -> None:
    """One line per page and per socket opened, refused or closed; static files and probes are no news."""
    if protocol == "http" and action == "complete":
        is_quiet = details["path"].startswith(("/static/", "/healthz", "/readyz"))
        level = logging.DEBUG if is_quiet else logging.INFO
        logger.log(level, "%(method)s %(path)s %(status)s %(size)s bytes in %(time_taken).3f s", details)
    elif protocol == "websocket" and action in ("connected", "rejected", "disconnected"):
        logger.info("socket %s %s", action, details["path"])


def make_server(application: Any = application) -> Server:
    return Server(
        application=application,
        endpoints=build_endpoint_description_strings(host=settings.HOST, port=settings.PORT),
        action_logger=log_action,
        server_name="",
        ping_interval=15,
        ping_timeout=20,
        http_timeout=60,
        websocket_timeout=12 * 60 * 60,
        websocket_connect_timeout=10,
        websocket_max_message_size=MAX_FRAME,
        websocket_max_frame_size=MAX_FRAME,
        application_close_timeout=5,
        # The proxy overwrites both headers. X-Forwarded-For would begin with whatever the client wrote into it.
        proxy_forwarded_address_header="X-Real-IP" if settings.BEHIND_PROXY else None,
        proxy_forwarded_proto_header="X-Forwarded-Proto" if settings.BEHIND_PROXY else None,
    )


def main() -> None:
    if not settings.KEPT_SECRET_KEY:
        sys.exit("SECRET_KEY is not set: sessions would end with this process. `manage.py up` makes and keeps one.")
    server = make_server()
    server.run()
    if server.abort_start:
        sys.exit(f"Port {settings.PORT} on {settings.HOST} cannot be listened on.")


if __name__ == "__main__":
    main()
