"""What stands around a place, by which every browser finds it again."""

import pytest

from webapp.collab.errors import ChangeError
from webapp.collab.surroundings import Surroundings, around


def test_the_last_characters_before_and_the_rest_of_the_line() -> None:
    assert around("It was dark. And\nthen", 12) == Surroundings("It was dark.", " And")


def test_no_more_than_what_matters() -> None:
    assert around("x" * 100 + "y" * 100, 100) == Surroundings("x" * 64, "y" * 16)


def test_at_the_end_of_a_line_nothing_follows() -> None:
    assert around("One\nTwo", 3) == Surroundings("One", "")


@pytest.mark.parametrize("position", [0, 1])
def test_at_either_end_of_a_text(position: int) -> None:
    assert around("a", position) == Surroundings("a"[:position], "a"[position:])


def test_lengths_count_utf_16_units() -> None:
    assert around("\U0001f600" * 40, 80) == Surroundings("\U0001f600" * 32, "")
    assert around("x\U0001f600" + "y" * 63, 66).before == "y" * 63


@pytest.mark.parametrize("position", [1, 3])
def test_no_place_inside_a_character_or_beyond_the_text(position: int) -> None:
    with pytest.raises(ChangeError):
        around("\U0001f600", position)
