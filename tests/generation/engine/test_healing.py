"""Text that ends inside a word or after a space goes on as if it had been written in one go."""

from __future__ import annotations

import math
import random
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import pytest
import torch

from generation.engine.healing import MAX_PENDING_BYTES, Healing, find_paths, make_healable, split_last_word
from generation.engine.tokenizer import Tokenizer
from generation.engine.vocabulary import Vocabulary
from tests.generation.driver import Driver

# Held out when the bundled checkpoint was trained.
NOVELS = ["a-room-with-a-view.txt", "the-age-of-innocence.txt", "the-wind-in-the-willows.txt"]
WORD = re.compile(r"\w+(?:['’]\w+)*")

# All but lone surrogates, which no text may have, and what is assigned to nothing.
CATEGORIES = {
    *("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"),
    *("Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co"),
}
SKIN_TONES = "🏻🏼🏽🏾🏿"

TEXTS = [
    "The cat sat on the mat. It was",
    "Привет, мир! Как дела?",
    "猫が好きです。とても。",
    "مرحبا بالعالم",
    "A 😀 and 👩‍👩‍👧‍👦 family 🏳️‍🌈!",
    "The café was naïve,\n\nquite   so.\n \nYes \t it was",
    "don't ‘stop’ — now… 3.14",
    "<|endoftext|> a\x00b\x07",
]


@pytest.fixture(scope="module")
def tokenizer(checkpoint_folder: Path) -> Tokenizer:
    return Tokenizer.from_folder(checkpoint_folder)


@pytest.fixture(scope="module")
def vocabulary(tokenizer: Tokenizer) -> Vocabulary:
    return Vocabulary(tokenizer.token_bytes)


@pytest.mark.parametrize(
    ("text", "before", "word"),
    [
        ("", "", ""),
        ("The", "", "The"),
        ("The cat", "The", " cat"),
        ("The cat ", "The cat", " "),
        ("The cat   ", "The cat  ", " "),
        ("a   b", "a  ", " b"),
        ("a\n\n", "a\n", "\n"),
        ("a\n\nb", "a\n", "\nb"),
    ],
)
def test_the_last_word_takes_one_white_space_along(text: str, before: str, word: str) -> None:
    assert split_last_word(text) == (before, word)


def test_a_prompt_spells_its_text(tokenizer: Tokenizer) -> None:
    for text in TEXTS:
        check_that_prompts_spell(text, tokenizer)


def test_a_prompt_spells_its_text_in_gpt2s_tokens_whatever_its_script(test_data: Path) -> None:
    tokenizer = Tokenizer.from_folder(test_data / "gpt2-tokenizer")
    texts = [*TEXTS, *texts_of_all_scripts(random.Random(1))]
    assert {unicodedata.category(character) for text in texts for character in text} >= CATEGORIES
    for text in texts:
        check_that_prompts_spell(text, tokenizer)


def check_that_prompts_spell(text: str, tokenizer: Tokenizer) -> None:
    """Every beginning of the text, whichever way on is chosen."""
    for end in range(len(text) + 1):
        prompt = make_healable(text[:end], tokenizer, max_tokens=400)
        for kept, missing in enumerate(prompt.pending):
            token_ids = prompt.token_ids[: prompt.num_committed + kept]
            spelled = b"".join(tokenizer.token_bytes[token_id] for token_id in token_ids) + missing
            assert spelled == text[:end].encode()


def texts_of_all_scripts(chance: random.Random) -> Iterator[str]:
    """Words from every 256 characters of Unicode that have any, and from every category; emoji of many parts."""
    characters = [chr(code) for code in range(sys.maxunicode + 1)]
    characters = [character for character in characters if unicodedata.category(character) in CATEGORIES]
    marks = [character for character in characters if unicodedata.combining(character)]
    emoji = [character for character in characters if unicodedata.category(character) == "So" and character > "\u2600"]
    blocks = [list(block) for _, block in groupby(characters, key=lambda character: ord(character) >> 8)]
    in_categories = sorted(characters, key=unicodedata.category)
    for some in [*blocks, *(list(category) for _, category in groupby(in_categories, key=unicodedata.category))]:
        ends = ["", "", "", " ", "a", "\n", chance.choice(marks)]
        yield "".join(chance.choice(some) + chance.choice(ends) for _ in range(8))
    for _ in range(100):
        parts = [chance.choice(emoji) + chance.choice(["", *"\ufe0f\u20e3", *SKIN_TONES]) for _ in range(4)]
        yield "so " + "\u200d".join(parts) + chance.choice([" ", "!", "\u200f", "a"])


def test_a_long_last_word_is_healed_in_its_last_tokens(tokenizer: Tokenizer) -> None:
    prompt = make_healable("see https://example.org/" + "a1b2" * 50, tokenizer, max_tokens=400)
    assert len(prompt.pending[0]) <= MAX_PENDING_BYTES
    assert prompt.num_committed > 20


def test_a_prompt_too_long_keeps_its_end(tokenizer: Tokenizer) -> None:
    prompt = make_healable("x1y2" * 100 + " end", tokenizer, max_tokens=20)
    assert len(prompt.token_ids) == 20
    assert prompt.token_ids[0] == tokenizer.end_of_text
    assert prompt.pending[0] == b" end"


def test_weights_are_the_probabilities_of_the_ways_on(tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
    prompt = make_healable("The clockw", tokenizer, max_tokens=100)
    size = len(prompt.pending)
    assert size > 1
    probabilities = torch.rand(size, len(tokenizer), generator=torch.Generator().manual_seed(1)).softmax(-1)
    weights = find_paths(prompt, probabilities.log(), vocabulary).log_weights
    for kept in range(size):
        reached = math.prod(probabilities[step, prompt.pending_ids[step]].item() for step in range(kept))
        covered = sum(
            probabilities[kept, token_id].item()
            for token_id, token in enumerate(tokenizer.token_bytes)
            if token.startswith(prompt.pending[kept])
        )
        assert math.exp(weights[kept]) == pytest.approx(reached * covered, rel=1e-4)


def test_ways_are_drawn_in_proportion(tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
    prompt = make_healable("The clockw", tokenizer, max_tokens=100)
    paths = find_paths(prompt, torch.zeros(len(prompt.pending), len(tokenizer)), vocabulary)
    draws = [paths.choose(number / 10_000, is_greedy=False)[0] for number in range(10_000)]
    weights = [math.exp(weight) for weight in paths.log_weights]
    for kept, weight in enumerate(weights):
        assert draws.count(kept) / 10_000 == pytest.approx(weight / sum(weights), abs=2e-4)
    assert paths.choose(0.999, is_greedy=True)[0] == weights.index(max(weights))


def test_the_distribution_of_text_is_that_of_brute_force(tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
    """Over one token: every way to spell the pending text, then any rest, with the model's probabilities."""
    prompt = make_healable("The cat s", tokenizer, max_tokens=100)
    logits = torch.randn(len(prompt.pending), len(tokenizer), generator=torch.Generator().manual_seed(3))
    probabilities = logits.softmax(-1)
    expected: dict[bytes, float] = {}
    for kept, missing in enumerate(prompt.pending):
        reached = math.prod(probabilities[step, prompt.pending_ids[step]].item() for step in range(kept))
        for token_id, token in enumerate(tokenizer.token_bytes):
            if token.startswith(missing):
                rest = token[len(missing) :]
                expected[rest] = expected.get(rest, 0) + reached * probabilities[kept, token_id].item()
    paths = find_paths(prompt, logits, vocabulary)
    total = sum(math.exp(weight) for weight in paths.log_weights)
    assert sum(expected.values()) == pytest.approx(total, rel=1e-4)
    found: dict[bytes, float] = {}
    for kept, log_weight in enumerate(paths.log_weights):
        allowed = Healing(prompt.pending[kept], forbids_space=False).allowed(vocabulary)
        shares = logits[kept, allowed].softmax(-1).tolist()
        for token_id, share in zip(allowed.tolist(), shares, strict=True):
            rest = tokenizer.token_bytes[token_id][len(prompt.pending[kept]) :]
            found[rest] = found.get(rest, 0) + math.exp(log_weight) * share
    assert found == pytest.approx(expected, rel=1e-3)


def test_loose_healing_never_ends_in_a_dead_end(tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
    generator = torch.Generator().manual_seed(1)
    for text in TEXTS:
        for end in range(1, len(text) + 1):
            missing = text[:end].encode()[-20:]
            healing, spelled = Healing(missing, forbids_space=text[:end].endswith(" "), is_loose=True), b""
            while not healing.is_done:
                allowed = healing.allowed(vocabulary)
                token = tokenizer.token_bytes[allowed[torch.randint(len(allowed), (), generator=generator)]]
                healing.accept(token)
                spelled += token
            assert spelled.startswith(missing)


def test_hopeless_ways_fall_back_to_loose_healing(tokenizer: Tokenizer, vocabulary: Vocabulary) -> None:
    prompt = make_healable("The cat", tokenizer, max_tokens=100)
    logits = torch.zeros(len(prompt.pending), len(tokenizer))
    logits[:, vocabulary.starting_with(b" cat")] = -1000
    kept, healing = find_paths(prompt, logits, vocabulary).choose(0.5, is_greedy=False)
    assert (kept, healing.is_loose) == (0, True)


@pytest.mark.parametrize("text", TEXTS)
def test_continuations_of_every_beginning_extend_what_was_typed(
    driver: Driver, tokenizer: Tokenizer, text: str
) -> None:
    requests = {}
    for end in range(len(text) + 1):
        requests[end] = driver.submit(text[:end], seed=end, max_new_tokens=8, num_continuations=2)
        driver.run()
    for end, request_id in requests.items():
        for continuation, token_ids in zip(driver.texts(request_id), driver.token_ids(request_id), strict=True):
            assert "\ufffd" not in continuation
            assert not (text[:end].endswith(" ") and continuation.startswith(" "))
            # The tokens spell the pending part of the prompt and then the continuation, nothing twice.
            spelled = b"".join(tokenizer.token_bytes[token_id] for token_id in token_ids)
            pending = make_healable(text[:end], tokenizer, max_tokens=100).pending
            assert any(
                spelled.startswith(missing) and spelled[len(missing) :].decode(errors="ignore").rstrip() == continuation
                for missing in pending
            )


def test_finished_words_stay_within_reach_of_gpt2(test_data: Path) -> None:
    """At 97 % of the keystrokes inside words, some way on begins with the tokens of the finished word."""
    tokenizer = Tokenizer.from_folder(test_data / "gpt2-tokenizer")
    num_reached = num_keystrokes = 0
    for novel in NOVELS:
        text = (test_data / "corpus" / novel).read_text(encoding="utf-8")
        for word in list(WORD.finditer(text))[20::200]:
            before = text[text.rfind("\n\n", 0, word.start()) + 2 : word.start()]
            finished = tokenizer.encode(before + word[0])
            for end in range(1, len(word[0])):
                num_keystrokes += 1
                num_reached += _is_reachable(before + word[0][:end], finished, tokenizer)
    assert num_keystrokes > 3000
    assert num_reached / num_keystrokes >= 0.97


def _is_reachable(typed: str, finished: list[int], tokenizer: Tokenizer) -> bool:
    prompt = make_healable(typed, tokenizer, max_tokens=2000)
    written = [*prompt.token_ids[1 : prompt.num_committed], *prompt.pending_ids]
    return any(
        finished[:place] == written[:place] and tokenizer.token_bytes[finished[place]].startswith(missing)
        for place, missing in enumerate(prompt.pending, start=prompt.num_committed - 1)
        if place < len(finished)
    )


def test_a_typed_end_of_text_is_plain_text(make_driver: Callable[..., Driver], tokenizer: Tokenizer) -> None:
    assert tokenizer.end_of_text not in tokenizer.encode("a<|endoftext|>b")
    driver = make_driver()
    assert len(driver.complete("a<|endoftext|>", max_new_tokens=4)) == 3
