"""How pages read a plain text: which lines are blank, and what it is called. Pure.

The browser does the same, so that a page that updates itself looks as if it had been loaded anew.
"""

from __future__ import annotations

# No other white space: JavaScript and Python differ in what they strip.
BLANK = " \t"
UNTITLED = "Untitled"
MAX_TITLE_LENGTH = 60
# A first line further down than this is nobody's title; the browser looks no further either.
TITLE_FROM = 400


def title_of(name: str, text: str) -> str:
    """What a document is called everywhere: the name that somebody gave it, else its first line, cut at a word."""
    if name:
        return name
    line = next((line.strip() for line in text[:TITLE_FROM].split("\n") if line.strip()), "")
    if len(line) <= MAX_TITLE_LENGTH:
        return line or UNTITLED
    cut = line[:MAX_TITLE_LENGTH]
    return f"{cut[: cut.rfind(' ') + 1 or MAX_TITLE_LENGTH].rstrip()}…"
