"""DocumentConsumer: one browser tab on one document. Says what frames and events mean; others do the work."""

from __future__ import annotations

import logging
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

from webapp import access, browser, groups, offering, protocol
from webapp.access import Access
from webapp.access_checks import AccessChecks
from webapp.attendance import Attendance
from webapp.checkpoint_board import CheckpointBoard
from webapp.collab import authority
from webapp.collab.presence import presence
from webapp.database import in_database
from webapp.document_events import announce
from webapp.document_feed import DocumentFeed
from webapp.errors import ClientError
from webapp.frame_socket import FrameSocket
from webapp.incoming_edits import accept, find_provenances
from webapp.open_documents import OpenDocuments
from webapp.protocol import ClientFrame, Suggest
from webapp.protocol.server_frames import CheckpointState
from webapp.rate_limits import FrameLimits
from webapp.running_suggestions import RunningSuggestions
from webapp.tab import Tab
from webapp.welcome import Opening, read_opening, welcome_frames

logger = logging.getLogger(__name__)

REPLACED: Final = 4409
OUTDATED: Final = 4426
# An edit that fails so may be sent again; any other failure is final, and the browser keeps its text as a draft.
PASSING_CODES: Final = frozenset({"unavailable"})


class DocumentConsumer(FrameSocket):
    """`scope` names the document or the share link; everything else is known once the browser has joined."""

    # Who holds a session here: its id is known to all in the document, so it must not be taken by another browser.
    _sessions: WeakValueDictionary[tuple[UUID, str], DocumentConsumer] = WeakValueDictionary()

    access: Access
    attendance: Attendance
    feed: DocumentFeed
    suggestions: RunningSuggestions
    tab: Tab | None = None
    checkpoints: list[CheckpointState]

    # -- the socket: connect, receive_frame, disconnect --------------------------------------------------------------

    async def connect(self) -> None:
        self.limits = FrameLimits()
        self.access = await in_database(self._find_access)
        self.document_id: UUID = self.access.document.pk
        self.attendance = Attendance(self.document_id, self.channel_name)

    async def receive_frame(self, frame: ClientFrame) -> None:
        try:
            await self.limits.admit(frame.type)
            if self.tab is None and not isinstance(frame, protocol.Join):
                raise ClientError("not_joined", f"a {frame.type} frame came, expected join first")
            await self._carry_out(frame)
        except ClientError as error:
            if isinstance(frame, Suggest) and not self._is_running(frame.request_id):
                error.request_id = frame.request_id
            raise

    async def disconnect(self) -> None:
        if self.tab is None:
            return
        self.suggestions.close()
        AccessChecks.here().leave(self)
        CheckpointBoard.here().leave(self.checkpoints_described)
        await OpenDocuments.here().close(self.feed)
        for group in self._groups(self.tab.session_id):
            await self.channel_layer.group_discard(group, self.channel_name)
        await self.attendance.leave()

    async def _carry_out(self, frame: ClientFrame) -> None:
        match frame:
            case protocol.Join():
                await self.join(frame)
            case protocol.Edit():
                await self.edit(frame)
            case protocol.Suggest():
                await self.suggest(frame)
            case protocol.Cancel():
                await self.suggestions.cancel(frame.request_id)
            case protocol.Outcome():
                self.tell_outcome(frame)
            case protocol.Offer() | protocol.TakeOffer() | protocol.WithdrawOffer():
                await self.deal(frame)
            case protocol.Caret():
                await self.move_caret(frame)
            case protocol.Rename():
                await self.rename(frame)
            case protocol.Introduce():
                await self.introduce(frame)

    # -- frames from the browser (imperative) ------------------------------------------------------------------------

    async def join(self, frame: protocol.Join) -> None:
        if self.tab is not None:
            raise ClientError("bad_field", "type is join for the second time, expected one join per connection")
        self._require_protocol(frame)
        guest_name = browser.guest_name_of(self.scope["session"])
        tab = Tab.of(self.access, self.scope["user"], guest_name, frame.session_id)
        self._claim_session(tab)
        opening = await in_database(read_opening, self.document_id, frame.revision)
        self._require_present(opening)
        for group in self._groups(frame.session_id):
            await self.channel_layer.group_add(group, self.channel_name)
        self.checkpoints = await CheckpointBoard.here().describe(self.scope["user"])
        joined = presence.join(self.document_id, tab.participant(self.channel_name, self.access.can_edit))
        facts = (tab.facts, self.attendance.participants, self.checkpoints)
        for welcome in welcome_frames(self.access, opening, *facts):
            await self.send_frame(welcome)
        waits = self.attendance.wait
        self.suggestions = RunningSuggestions(tab.asker, self.channel_name, self.send_frame, self.refuse, waits)
        self.feed = await OpenDocuments.here().open(self.document_id, opening.revision, self, frame.session_id)
        CheckpointBoard.here().listen(self.scope["user"], self.checkpoints_described)
        AccessChecks.here().watch(self)
        self.tab = tab
        # Once more, for what was committed before the group was joined.
        await OpenDocuments.here().look_at(self.document_id)
        if self.access.can_edit:
            await self.send_frame(await offering.open_now(self.document_id, tab))
        await self._announce_session(tab)
        await self.attendance.announce(joined)

    async def edit(self, frame: protocol.Edit) -> None:
        assert self.tab is not None
        try:
            self._require_editor()
            provenances = await find_provenances(self.document_id, frame, self.tab)
            committed = await accept(self.document_id, self.tab, frame, provenances)
        except ClientError as error:
            if error.code in PASSING_CODES or error.close_code is not None:
                raise
            await self._refuse_edit(frame, error)
            return
        await self.feed.document.take(committed, to=self.feed)

    async def suggest(self, frame: protocol.Suggest) -> None:
        self._require_editor()
        names = [checkpoint.name for checkpoint in self.checkpoints]
        if frame.checkpoint is not None and frame.checkpoint not in names:
            message = f'checkpoint is "{frame.checkpoint}", expected null or one of {", ".join(names)}'
            raise ClientError("bad_field", message.encode("ascii", "backslashreplace").decode())
        await self.suggestions.begin(frame)

    def tell_outcome(self, frame: protocol.Outcome) -> None:
        facts = (frame.request_id, frame.index, frame.outcome, frame.num_characters)
        logger.info("suggestion %s/%d was %s, %d characters", *facts)

    async def deal(self, frame: offering.OfferFrame) -> None:
        assert self.tab is not None
        self._require_editor()
        await offering.deal(frame, self.document_id, self.tab)

    async def move_caret(self, frame: protocol.Caret) -> None:
        self._require_editor()
        await self.attendance.move_caret(frame)

    async def rename(self, frame: protocol.Rename) -> None:
        self._require_editor()
        title = await in_database(authority.rename, self.document_id, frame.title)
        await announce(self.document_id, {"type": "document.renamed", "title": title})

    async def introduce(self, frame: protocol.Introduce) -> None:
        """Tells all tabs of the browser, which tell everybody in their documents."""
        assert self.tab is not None
        if not self.tab.is_guest:
            raise ClientError("bad_field", "name is an account's here, expected introduce from guests only")
        name = await in_database(self._keep_name, frame.name)
        event = {"type": "browser.introduced", "name": name}
        await self.channel_layer.group_send(groups.of_browser(self.access.browser_id), event)

    # -- events for one socket, from others' tabs, from workers and from this process (past tense) --------------------

    async def offer_made(self, event: dict[str, Any]) -> None:
        if self.tab is not None and self.access.can_edit:
            await self.send_frame(offering.made(event, self.tab))

    async def offer_closed(self, event: dict[str, Any]) -> None:
        if self.tab is not None and self.access.can_edit:
            await self.send_frame(offering.closed(event))

    async def browser_introduced(self, event: dict[str, Any]) -> None:
        if self.tab is not None and self.tab.is_guest:
            self.tab = self.tab.called(event["name"])
            await self.attendance.rename(event["name"])

    async def session_joined(self, event: dict[str, Any]) -> None:
        """A newer socket of the same tab took over; that of another browser only pretends to be it."""
        assert self.tab is not None
        is_newer = (event["joined_at"], event["channel"]) > (self.tab.joined_at, self.channel_name)
        if is_newer and event["browser_id"] == self.access.browser_id:
            await self.close(REPLACED)

    async def access_changed(self, event: dict[str, Any]) -> None:
        role = self.access.role
        self.access = await in_database(self._find_access_again)
        if self.access.role != role:
            await self.send_frame(protocol.AccessChanged(role=self.access.role))

    async def account_changed(self, event: dict[str, Any]) -> None:
        if event["renewed"] == groups.digest(self.scope["session"].session_key):
            # The browser has another session since; the tab finds it when it connects again.
            await self.close(access.TRY_AGAIN)
        else:
            await self.access_changed(event)

    async def checkpoints_changed(self, event: dict[str, Any]) -> None:
        board = CheckpointBoard.here()
        board.forget()
        await self.checkpoints_described(await board.describe(self.scope["user"]))

    async def continuation_started(self, event: dict[str, Any]) -> None:
        await self.suggestions.hear(event)

    continuation_extended = continuation_finished = continuation_failed = continuation_started

    async def checkpoints_described(self, checkpoints: list[CheckpointState]) -> None:
        """Called by the board every second; the page is told only of changes."""
        if checkpoints != self.checkpoints:
            self.checkpoints = checkpoints
            await self.send_frame(protocol.Checkpoints(checkpoints=checkpoints))

    # -- what they use -------------------------------------------------------------------------------------------------

    def _find_access(self) -> Access:
        arguments = self.scope["url_route"]["kwargs"]
        if "share_id" in arguments:
            return access.for_share(self.scope["session"], arguments["share_id"])
        return access.for_document(self.scope["session"], self.scope["user"], arguments["document_id"])

    def _find_access_again(self) -> Access:
        """What was allowed before is not absent now, but taken back, unless the document itself is gone."""
        access.require_session(self.scope["session"], self.scope["user"])
        try:
            return self._find_access()
        except ClientError as error:
            if access.is_there(self.document_id):
                error.close_code = access.REVOKED
            raise

    def _keep_name(self, name: str | None) -> str:
        access.require_session(self.scope["session"], self.scope["user"])
        return browser.introduce(self.scope["session"].session_key, name)

    def _require_protocol(self, frame: protocol.Join) -> None:
        if frame.protocol != protocol.PROTOCOL:
            message = f"protocol is {frame.protocol}, expected {protocol.PROTOCOL}: reload the page"
            raise ClientError("outdated", message, close_code=OUTDATED)

    def _require_editor(self) -> None:
        if not self.access.can_edit:
            raise ClientError("read_only", "You can read this document, but not write in it.")

    def _require_present(self, opening: Opening) -> None:
        """What was deleted before a reader came is the writers' alone."""
        if not self.access.can_edit and opening.revision != opening.head_revision:
            raise ClientError("revision_unknown", "Readers begin with the text as it is now.")

    async def _refuse_edit(self, frame: protocol.Edit, error: ClientError) -> None:
        refusal = protocol.EditRefused(first_number=frame.first_number, code=error.code, message=error.message)
        await self.send_frame(refusal)

    def _is_running(self, request_id: str) -> bool:
        return self.tab is not None and self.suggestions.is_running(request_id)

    def _groups(self, session_id: str) -> list[str]:
        """The document's own is heard by webapp.document_events, for all sockets at once."""
        of_session = groups.of_session(self.document_id, session_id)
        of_browser = groups.of_browser(self.access.browser_id)
        account_id = self.scope["user"].pk
        of_account = [groups.of_account(account_id)] if account_id is not None else []
        return [of_session, of_browser, groups.CHECKPOINTS, *of_account]

    def _claim_session(self, tab: Tab) -> None:
        holder = self._sessions.get((self.document_id, tab.session_id))
        if holder is not None and not holder.is_closed and holder.access.browser_id != self.access.browser_id:
            raise ClientError("bad_field", "session_id is another browser's, expected your own")
        self._sessions[self.document_id, tab.session_id] = self

    async def _announce_session(self, tab: Tab) -> None:
        group = groups.of_session(self.document_id, tab.session_id)
        facts = {"joined_at": tab.joined_at, "channel": self.channel_name, "browser_id": self.access.browser_id}
        await self.channel_layer.group_send(group, {"type": "session.joined", **facts})
