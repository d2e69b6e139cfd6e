"""What people and documents are called: friendly names for guests, and no characters that deceive the eye."""

import hashlib
import re
from typing import Final

NUM_COLORS: Final = 8

# Control characters, halves of surrogate pairs, and the marks that turn the direction of what follows: a name with
# one of those could reorder the text of the page around it.
_DECEPTIVE: Final = re.compile("[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

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


def color_index(browser_id: str) -> int:
    """Which of the page's colours, from 0 to 7."""
    return _number(browser_id) // 1_000_000 % NUM_COLORS


def clean_line(text: str, max_length: int) -> str:
    """One line of plain text: white space and deceptive characters become single spaces, the end is cut off."""
    return " ".join(_DECEPTIVE.sub(" ", text).split())[:max_length].strip()


def _number(browser_id: str) -> int:
    return int.from_bytes(hashlib.sha256(browser_id.encode()).digest()[:8])
