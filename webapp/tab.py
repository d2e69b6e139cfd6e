"""Who a joined tab is to everybody else: as an author, a participant, an asker. Pure."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from webapp.access import Access
from webapp.collab.authority import Author
from webapp.collab.names import color_index
from webapp.collab.presence import Participant
from webapp.protocol import WelcomeSession
from webapp.remembered_suggestions import Asker

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


@dataclass(frozen=True, slots=True)
class Tab:
    """`joined_at` is Unix time, since sockets of several processes compare it."""

    document_id: UUID
    session_id: str
    author: Author
    joined_at: float = field(default_factory=time.time)

    @classmethod
    def of(cls, access: Access, user: User | AnonymousUser, guest_name: str, session_id: str) -> Tab:
        name = user.get_username() if user.is_authenticated else guest_name
        author = Author(name, color_index(access.browser_id), access.browser_id, user.pk)
        return cls(access.document.pk, session_id, author)

    @property
    def asker(self) -> Asker:
        return Asker(self.document_id, self.author.browser_id, self.session_id)

    @property
    def is_guest(self) -> bool:
        return self.author.user_id is None

    @property
    def facts(self) -> WelcomeSession:
        return WelcomeSession(
            session_id=self.session_id, name=self.author.name, color=self.author.color, is_guest=self.is_guest
        )

    def called(self, name: str) -> Tab:
        """The same tab under another name. What was written under the old one keeps it."""
        return replace(self, author=replace(self.author, name=name))

    def participant(self, connection: str, can_edit: bool) -> Participant:
        return Participant(connection, self.session_id, self.author.name, self.author.color, can_edit, self.is_guest)
