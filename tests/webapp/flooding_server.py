"""Our web server in front of an application that sends without end: `python -m tests.webapp.flooding_server PORT`

It goes on while its tab does not read, and says in the end what it saw.
"""

import asyncio
import sys
from contextlib import suppress
from typing import Any

from autobahn.exception import Disconnected

from webapp.processes.web import make_server

FRAME = "x" * 65536


async def flood(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    sending = asyncio.create_task(send_for_ever(send))
    message = await receive()
    while message["type"] != "websocket.disconnect":
        message = await receive()
    sending.cancel()


async def send_for_ever(send: Any) -> None:
    with suppress(Disconnected):
        while True:
            await send({"type": "websocket.send", "text": FRAME})
            await asyncio.sleep(0.001)


if __name__ == "__main__":
    sys.stdout.write("starts\n")
    make_server(flood).run()
