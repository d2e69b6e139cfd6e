"""Moves sections over other sections, and joins them. Equal to `mapSet` and `composeSets` of @codemirror/state (MIT).

Pure, and a close translation on purpose: any cleverness here would let a browser and the server drift apart.
The caller has checked that the lengths fit.
"""

from collections.abc import Sequence

from webapp.collab.sections import KEPT, Section, SectionBuilder, SectionCursor


def map_sections(of: Sequence[Section], over: Sequence[Section], *, before: bool) -> tuple[Section, ...]:
    """The sections `of` one change, moved so that they apply after `over`, a change to the same text.

    Where both insert at one place, `before` puts the moved ones first.
    """
    result = SectionBuilder()
    a, b = SectionCursor(of), SectionCursor(over)
    placed = -1  # index of the last section of `a` whose insertion is in the result
    while not (a.is_done and b.is_done):
        if a.inserted_length == KEPT and b.inserted_length == KEPT:
            length = min(a.length, b.length)
            result.add(length, None)
            a.forward(length)
            b.forward(length)
        elif b.inserted_length >= 0 and _comes_first(b, a, placed, before):
            placed = _skip(b, a, placed, result)
        else:
            placed = _place(a, b, placed, result)
    return result.build()


def _comes_first(b: SectionCursor, a: SectionCursor, placed: int, before: bool) -> bool:
    """Whether b's change is to be passed before a's is placed: by start, then length, then the caller's word."""
    if a.inserted_length < 0 or placed == a.index:
        return True
    return a.offset == 0 and (b.length < a.length or (b.length == a.length and not before))


def _skip(b: SectionCursor, a: SectionCursor, placed: int, result: SectionBuilder) -> int:
    """Passes b's change, and whatever `a` does within the stretch that b replaces."""
    result.add(b.inserted_length, None)
    left = b.length
    while left:
        piece = min(a.length, left)
        if a.inserted_length >= 0 and placed < a.index and a.length <= piece:
            result.add(0, a.inserted)
            placed = a.index
        a.forward(piece)
        left -= piece
    b.next()
    return placed


def _place(a: SectionCursor, b: SectionCursor, placed: int, result: SectionBuilder) -> int:
    """Adds a's change, up to where b's next change that is more than a deletion begins."""
    length, left = 0, a.length
    while left:
        if b.inserted_length == KEPT:
            piece = min(left, b.length)
            length += piece
            left -= piece
            b.forward(piece)
        elif b.inserted_length == 0 and b.length < left:
            left -= b.length
            b.next()
        else:
            break
    result.add(length, a.inserted if placed < a.index else "")
    placed = a.index
    a.forward(a.length - left)
    return placed


def compose_sections(first: Sequence[Section], second: Sequence[Section]) -> tuple[Section, ...]:
    """The sections of one change that does what `first` does and then `second`, which begins where `first` ends."""
    result = SectionBuilder()
    a, b = SectionCursor(first), SectionCursor(second)
    is_open = False  # whether more of the change that the last section belongs to is still to come
    while not (a.is_done and b.is_done):
        if a.inserted_length == 0:
            result.add(a.length, "", join=is_open)
            a.next()
        elif b.length == 0 and not b.is_done:
            result.add(0, b.inserted, join=is_open)
            b.next()
        else:
            length, size = min(a.length_after, b.length), len(result)
            result.add(*_both(a, b, length), join=is_open)
            goes_on = a.inserted_length > length or (b.inserted_length >= 0 and b.length > length)
            is_open = goes_on and (is_open or len(result) > size)
            a.forward_after(length)
            b.forward(length)
    return result.build()


def _both(a: SectionCursor, b: SectionCursor, length: int) -> Section:
    """What `a` and then `b` make of the next `length` units of the text between them."""
    inserted_by_b = b.inserted if b.offset == 0 or b.inserted is None else ""
    if a.inserted_length == KEPT:
        return Section(length, inserted_by_b)
    old_length = 0 if a.offset else a.length
    return Section(old_length, a.inserted_part(length) if inserted_by_b is None else inserted_by_b)
