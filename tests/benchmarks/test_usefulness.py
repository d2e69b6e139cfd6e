"""The simulated writer and the model of words that it is given for comparison."""

import pytest

from benchmarks.ngrams import NGrams, split_typed
from benchmarks.usefulness import agreeing, write

TEXT = "The cat sat. " * 20


@pytest.mark.parametrize(
    ("suggested", "true", "num_saved"),
    [
        (" sat on", " sat on the mat", 7),
        (" sat in", " sat on the mat", 4),
        (" sat on", " sat only once", 4),
        ("t", "t sat", 1),
        ("t", "ttle", 0),
        ("dog", "cat", 0),
        (" sat.", " sat. He", 5),
        ("", "cat", 0),
    ],
)
def test_whole_words_are_accepted_as_far_as_they_agree(suggested: str, true: str, num_saved: int) -> None:
    assert agreeing(suggested, true) == num_saved


def test_a_writer_who_is_offered_all_types_one_key_for_it() -> None:
    written = write(TEXT, 0, 40, lambda prompt, is_right: [TEXT[len(prompt) :][:40]])
    assert (written.num_characters, written.num_keys, written.num_accepted) == (40, 1, 1)


def test_a_writer_who_is_offered_nothing_of_use_types_all() -> None:
    assert write(TEXT, 0, 40, lambda prompt, is_right: ["x"]).share_saved == 0


def test_one_character_is_typed_and_not_accepted() -> None:
    written = write("a b c d", 0, 7, lambda prompt, is_right: ["a b c d"[len(prompt) :][:1]])
    assert (written.num_keys, written.num_accepted) == (7, 0)


def test_words_follow_as_they_did_in_the_corpus() -> None:
    ngrams = NGrams(["The cat sat on the mat. The cat sat on the sofa. A dog sat in the hall."])
    assert ngrams.continuations("Now the cat sat ", 1, 2) == ["on the"]


def test_the_half_typed_word_is_completed() -> None:
    ngrams = NGrams(["The cat sat on the mat. The car stood in the hall."])
    assert ngrams.continuations("in the ma", 1, 1) == ["t"]


def test_a_longer_context_goes_before_a_more_frequent_word() -> None:
    ngrams = NGrams(["the end. the end. the end. in the hall."])
    assert ngrams.continuations("up in the ", 2, 1) == ["hall", "end"]


def test_words_that_nobody_wrote_are_followed_by_frequent_ones() -> None:
    assert NGrams(["a a a b"]).continuations("zzz zzz", 1, 2) == [" a"]


def test_a_word_that_may_be_whole_is_followed_by_the_next() -> None:
    ngrams = NGrams(["the cat sat. the cat sat. the cattle stood."])
    assert ngrams.continuations("the cat", 2, 2) == [" sat", "tle stood"]


def test_a_text_that_is_of_no_use_is_not_continued() -> None:
    ngrams = NGrams(["The cat sat on the mat."])
    assert ngrams.continuations("The ", 1, 5, lambda text: False) == ["cat"]


def test_a_word_is_typed_until_a_space_follows() -> None:
    assert split_typed("The ca") == (["The"], " ca")
    assert split_typed("The cat, ") == (["The", " cat", ","], " ")
    assert split_typed("The cat.") == (["The", " cat", "."], "")
