"""Names are friendly, steady, and never deceive."""

import pytest

from webapp.collab.names import NUM_COLORS, as_guest, checked_name, clean_line, color_index, guest_name


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada \u00a0 Lovelace ", "Ada Lovelace"),
        ("A\u030a", "\u00c5"),
        ("x" * 40, "x" * 40),
        ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"),
    ],
)
def test_a_guest_may_be_called_so(text: str, expected: str) -> None:
    assert checked_name(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\u2728",
        "x" * 41,
        "Ada\nLovelace",
        "Ada\0",
        "\u202eadA",
        "Ada\u200b",
        "Ada\u3164",
        "Ada\ud83d",
        "\ue000a",
    ],
)
def test_a_guest_may_not_be_called_so(text: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        checked_name(text)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ada", "ada (guest)"),
        ("Ada Lovelace", "Ada Lovelace"),
        # Only one of the words can be seen as one.
        ("ada .", "ada . (guest)"),
        ("ada \u2713", "ada \u2713 (guest)"),
        ("ada \u2800", "ada \u2800 (guest)"),
        ("\u0430da", "\u0430da (guest)"),
        ("ada@example.org", "ada@example.org (guest)"),
    ],
)
def test_a_guests_name_cannot_be_taken_for_an_accounts(name: str, shown: str) -> None:
    assert as_guest(name) == shown
