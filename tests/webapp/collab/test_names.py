"""Names are friendly, steady, and never deceive."""

import pytest

from webapp.collab.names import NUM_COLORS, clean_line, color_index, guest_name


def test_a_guest_keeps_a_name_of_two_words_and_a_color() -> None:
    name = guest_name("5f0c")
    assert name == guest_name("5f0c")
    assert len(name.split()) == 2
    assert color_index("5f0c") == color_index("5f0c")


def test_guests_differ() -> None:
    browsers = [f"browser {number}" for number in range(200)]
    assert len({guest_name(browser) for browser in browsers}) > 180
    assert {color_index(browser) for browser in browsers} == set(range(NUM_COLORS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  A  title\n", "A title"),
        ("line\r\nline\ttab\0", "line line tab"),
        ("\u202etxt.exe\u202c", "txt.exe"),
        ("half \ud83d", "half"),
        ("👩‍🚀 שלום", "👩‍🚀 שלום"),
        ("", ""),
        ("abcdef ghi", "abcdef"),
    ],
)
def test_a_line_is_cleaned(text: str, expected: str) -> None:
    assert clean_line(text, 7 if text.startswith("abcdef") else 50) == expected
