"""Sessions in the database. However a sign-in ends, the browser stays who it is as a guest, and keeps its documents.

Django empties a session at a sign-out, and where its account's password was changed elsewhere.
"""

from typing import Final

from django.contrib.sessions.backends import db

# See webapp.browser.
KEPT: Final = ("browser_id", "guest_name")


class SessionStore(db.SessionStore):
    def flush(self) -> None:
        kept = {name: self[name] for name in KEPT if name in self}
        super().flush()
        self.update(kept)
