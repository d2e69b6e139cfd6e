"""The one error that the browser's edge answers with."""


class ClientError(Exception):
    """Something the client has to be told: `code` for programs, `message` for people.

    `request_id` names the suggestion request that it ends; `close_code` (4400-4499) also closes the socket.
    """

    def __init__(
        self, code: str, message: str, *, request_id: str | None = None, close_code: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.request_id = request_id
        self.close_code = close_code
