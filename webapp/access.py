"""Who may do what with a document. Pages and sockets both ask here, and a refusal never says whether it exists."""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

from webapp.errors import ClientError
from webapp.models import Document, ShareLink

SIGNED_OUT: Final = 4401
REVOKED: Final = 4403
ABSENT: Final = 4404
TRY_AGAIN: Final = 4503

Role = Literal["owner", "write", "view"]


@dataclass(frozen=True, slots=True)
class Access:
    document: Document
    role: Role
    browser_id: str

    @property
    def can_edit(self) -> bool:
        return self.role in ("owner", "write")

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"


def for_document(session: SessionBase, user: User | AnonymousUser, document_id: UUID) -> Access:
    """Only its owner's. Raises ClientError "absent"."""
    browser_id = session.get("browser_id", "")
    document = Document.objects.owned_by(browser_id, user).filter(pk=document_id, is_disabled=False).first()
    if document is None:
        raise absent()
    return Access(document, "owner", browser_id)


def for_share(session: SessionBase, share_id: UUID) -> Access:
    """Those whose browser followed the link, while it lasts. Raises ClientError "absent"."""
    if str(share_id) not in session.get("shares", []):
        raise absent()
    link = ShareLink.objects.select_related("document").usable().filter(pk=share_id).first()
    if link is None:
        raise absent()
    return Access(link.document, "write" if link.role == "write" else "view", session.get("browser_id", ""))


def require_session(session: SessionBase, user: User | AnonymousUser) -> None:
    """Refuses a socket whose session ended: it outlives the sign-out of its browser by itself."""
    has_session = not session.session_key or session.exists(session.session_key)
    if has_session and (not user.is_authenticated or is_signed_in(session, user)):
        return
    # Signing in gives a browser a new session too; its guest's sockets come back with that.
    code = SIGNED_OUT if user.is_authenticated else TRY_AGAIN
    raise ClientError("signed_out", "This browser's session has ended.", close_code=code)


def is_signed_in(session: SessionBase, user: User | AnonymousUser) -> bool:
    """Whether the account is there, and its password still the one that the session was begun with."""
    present = User.objects.filter(pk=user.pk or 0, is_active=True).first()
    begun_with = session.get(HASH_SESSION_KEY, "")
    return present is not None and constant_time_compare(begun_with, present.get_session_auth_hash())


def is_there(document_id: UUID) -> bool:
    """Whether a document that somebody may not see any longer is there for others."""
    return Document.objects.filter(pk=document_id).exists()


def absent() -> ClientError:
    return ClientError("absent", "There is no such document, or it is not yours to see.", close_code=ABSENT)
