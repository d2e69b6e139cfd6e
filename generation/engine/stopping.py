"""Where a continuation ends: at a word, a sentence, a paragraph or a stop string. Pure text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from generation.messages import StopAt

# As much of the text before as tells whether a full stop after it ends a sentence.
LONGEST_ABBREVIATION = 16

# Who writes may repeat a mark or a space thousands of times, and each token is searched anew: a run is taken once, from
# its start, and never given back (`++`), so that the work does not grow with its square.
_WORD_END = re.compile(r"\W*+\w\S*+(?=\s)")
_PARAGRAPH_END = re.compile(r"(?<![ \t])[ \t]*+\n[ \t]*+\n")
_MARKS = ".!?…"
_CLOSERS = "\"'”’)]»›*_"
_WIDE_MARKS = "。！？"
_WIDE_CLOSERS = "」』”’）"
# Terminators, then the quotes and brackets that belong to them, then what shows that they are complete.
_SENTENCE_END = re.compile(
    rf"[{_WIDE_MARKS}][{_WIDE_CLOSERS}]*+(?=[^{_WIDE_MARKS}{_WIDE_CLOSERS}])"
    rf"|(?<![{_MARKS}])(?P<marks>[{_MARKS}]++)[{re.escape(_CLOSERS)}]*+"
    rf"(?=(?P<space>\s++)(?P<next>\S)|[^\S\n]*+\n)"
    rf"|(?=\n)"
)
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|st|prof|rev|hon|capt|col|gen|lt|sgt|maj|messrs|mme|mlle|vs|viz|cf|e\.g|i\.e|vol)\.\Z",
    re.IGNORECASE,
)
# "I" is more often the end of "so did I" than an initial.
_INITIAL = re.compile(r"(?<![^\W_])[A-HJ-Z]\.\Z")


@dataclass(slots=True)
class Stopper:
    """Lets the text of one continuation through up to its end.

    Holds back what may still turn out to lie beyond it: white space, and the beginning of a stop string. `before`
    is what the text continues, at least its last word.
    """

    stop_at: StopAt
    stop: tuple[str, ...]
    before: str = ""
    text: str = field(default="", init=False)
    num_passed: int = field(default=0, init=False)
    is_stopped: bool = field(default=False, init=False)
    _num_settled: int = field(default=0, init=False)

    def push(self, text: str) -> str:
        """Takes more text and returns what may be shown of it now."""
        self.text += text
        end = self._find_end()
        self.is_stopped = end is not None
        if end is not None:
            return self._pass(end)
        self._num_settled = _num_settled(self.text)
        return self._pass(self._num_safe())

    def flush(self) -> str:
        """Returns what was held back, at the end of a continuation that found no stop."""
        return self._pass(len(self.text))

    @property
    def passed(self) -> str:
        return self.text[: self.num_passed]

    def _pass(self, end: int) -> str:
        end = max(self.num_passed, len(self.text[:end].rstrip()))
        shown = self.text[self.num_passed : end]
        self.num_passed = end
        return shown

    def _find_end(self) -> int | None:
        # What was passed is neither a stop string nor its beginning.
        ends = [self.text.find(text, self.num_passed) for text in self.stop]
        ends = [end for end in ends if end >= 0]
        natural_end = find_end(self.text, self.stop_at, self.before, self._num_settled)
        if natural_end is not None:
            ends.append(natural_end)
        return min(ends, default=None)

    def _num_safe(self) -> int:
        longest = max((_num_shared(self.text, stop) for stop in self.stop), default=0)
        return len(self.text) - longest


def find_end(text: str, stop_at: StopAt, before: str = "", num_settled: int = 0) -> int | None:
    """Where the first word, sentence or paragraph of `text` ends, or None while that is open.

    `before` is what `text` continues: the full stop after "Mr" ends nothing. White space at the beginning is part of
    the text: a continuation may open with a new line. Among the first `num_settled` characters no end begins.
    """
    if stop_at == "none":
        return None
    if stop_at == "word":
        word = _WORD_END.match(text)
        return word.end() if word else None
    start = max(len(text) - len(text.lstrip()), num_settled)
    if stop_at == "paragraph":
        blank_line = _PARAGRAPH_END.search(text, start)
        return blank_line.start() if blank_line else None
    candidates = _SENTENCE_END.finditer(text, start)
    return next((match.end() for match in candidates if _ends_sentence(before, text, match)), None)


def _ends_sentence(before: str, text: str, match: re.Match[str]) -> bool:
    if match["space"] is None or "\n" in match["space"]:
        return True
    # «"Stop!" he said» and «he was ... tired» go on.
    if match["next"].islower():
        return False
    end = match.end("marks")
    so_far = (before + text[max(0, end - LONGEST_ABBREVIATION) : end])[-LONGEST_ABBREVIATION:]
    return not (_ABBREVIATION.search(so_far) or _INITIAL.search(so_far))


def _num_settled(text: str) -> int:
    """How much of `text` precedes the marks and white space at its end, of which more text may yet make an end."""
    return len(text.rstrip().rstrip(_MARKS + _CLOSERS + _WIDE_MARKS + _WIDE_CLOSERS))


def _num_shared(text: str, stop: str) -> int:
    """How much of the end of `text` is a proper beginning of `stop`."""
    lengths = range(min(len(stop) - 1, len(text)), 0, -1)
    return next((length for length in lengths if text.endswith(stop[:length])), 0)
