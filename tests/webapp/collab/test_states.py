"""What was used last is remembered, within bounds."""

import uuid

from webapp.collab.states import DocumentState, StateCache


def test_the_cache_remembers_the_newest_state() -> None:
    cache, document_id = StateCache(), uuid.uuid4()
    assert cache.get(document_id) is None
    cache.put(document_id, DocumentState(1, "a"))
    cache.put(document_id, DocumentState(2, "ab"))
    assert cache.get(document_id) == DocumentState(2, "ab")


def test_the_cache_forgets_what_was_not_used_for_longest() -> None:
    cache = StateCache(max_documents=2)
    first, second, third = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    for document_id in (first, second):
        cache.put(document_id, DocumentState())
    cache.get(first)
    cache.put(third, DocumentState())
    assert cache.get(second) is None
    assert cache.get(first) is not None


def test_long_texts_leave_room_for_fewer_documents() -> None:
    cache = StateCache(max_characters=10)
    first, second = uuid.uuid4(), uuid.uuid4()
    cache.put(first, DocumentState(1, "seven.."))
    cache.put(second, DocumentState(1, "four"))
    assert cache.get(first) is None
    cache.put(second, DocumentState(2, "longer than ten"))
    assert cache.get(second) is None
    cache.put(first, DocumentState(1, "seven.."))
    assert cache.get(first) is not None
