"""What people and documents are called: friendly names for guests, and no characters that deceive the eye."""

import hashlib
import re
import unicodedata
from typing import Final

NUM_COLORS: Final = 8
MAX_NAME_LENGTH: Final = 40
GUEST_MARK: Final = "(guest)"

# Control characters, halves of surrogate pairs, and the marks that turn the direction of what follows: a name with
# one of those could reorder the text of the page around it.
_DECEPTIVE: Final = re.compile("[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

# Of these kinds nothing is seen, or the text around them changes: controls, formats, halves of pairs, the unassigned.
_UNSEEN_KINDS: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters for Unicode, and empty for the eye.
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
# Persian words and families of emoji are spelled with them.
_JOINERS: Final = frozenset("\u200c\u200d")

_ADJECTIVES: Final = (
    "Able Amber Autumn Blithe Bold Brave Breezy Bright Brisk Calm Candid Cheery Clever Coral Cosy Crisp Curious "
    "Daring Dapper Early Earnest Easy Eager Fair Fleet Fond Frank Gentle Glad Golden Hardy Hazel Honest Humble Jolly "
    "Keen Kind Light Lively Lucid Lucky Mellow Merry Mild Misty Nimble Noble Open Patient Plucky Polite Prim Proud "
    "Quick Quiet Ready Silver Steady Sunny Swift Tidy Warm Wise Witty"
)
_ANIMALS: Final = (
    "Badger Bear Beaver Bittern Bison Bream Carp Cat Crane Cricket Curlew Deer Dolphin Dormouse Dove Duck Eagle "
    "Egret Falcon Ferret Finch Fox Frog Gecko Goose Grouse Hare Hawk Hedgehog Heron Ibis Jay Kestrel Kite Koala Lark "
    "Linnet Lynx Magpie Marten Mole Moth Newt Nightjar Otter Owl Panda Petrel Plover Puffin Quail Raven Robin Seal "
    "Snipe Sparrow Squirrel Stork Swallow Swan Tern Thrush Toad Turtle Vole Wagtail Walrus Whale Wren"
)


def guest_name(browser_id: str) -> str:
    """Two words, such as "Quiet Heron": always the same for one browser, told by nothing else about it."""
    number, adjectives, animals = _number(browser_id), _ADJECTIVES.split(), _ANIMALS.split()
    return f"{adjectives[number % len(adjectives)]} {animals[number // 1000 % len(animals)]}"


def checked_name(name: str) -> str:
    """What a guest wants to be called, with single spaces. Raises ValueError with what was expected."""
    if any(map(_is_unseen, name)):
        raise ValueError("characters that can be seen, on one line")
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not any(map(str.isalnum, name)):
        raise ValueError(f"1 to {MAX_NAME_LENGTH} characters with a letter among them")
    return name


def as_guest(name: str) -> str:
    """How a guest's own choice is shown: marked where it could be an account's name, which is always a single word."""
    words = [word for word in name.split() if any(map(str.isalnum, word))]
    return name if len(words) > 1 else f"{name} {GUEST_MARK}"


def color_index(browser_id: str) -> int:
    """Which of the page's colours, from 0 to 7."""
    return _number(browser_id) // 1_000_000 % NUM_COLORS


def clean_line(text: str, max_length: int) -> str:
    """One line of plain text: white space and deceptive characters become single spaces, the end is cut off."""
    return " ".join(_DECEPTIVE.sub(" ", text).split())[:max_length].strip()


def _is_unseen(character: str) -> bool:
    kind = unicodedata.category(character)
    return (kind in _UNSEEN_KINDS and character not in _JOINERS) or character in _FILLERS


def _number(browser_id: str) -> int:
    return int.from_bytes(hashlib.sha256(browser_id.encode()).digest()[:8])
