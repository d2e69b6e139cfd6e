"""The training of the bundled checkpoint, on a corpus small enough to learn in seconds."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, GPT2LMHeadModel, GPT2TokenizerFast

from generation.training.__main__ import parse, split, train
from generation.training.batches import IGNORED, Batches
from generation.training.corpus import Book, cut_into_pieces, normalise, read_books, typographic
from generation.training.held_out import measure
from generation.training.model import compile_loss, has_bfloat16_units
from generation.training.muon import orthogonalise
from generation.training.options import TrainingOptions
from generation.training.schedule import progress, rate
from generation.training.tokenizer import END_OF_TEXT, END_OF_TEXT_ID, train_tokenizer
from generation.training.trainer import Trainer

SENTENCES = ("The cat sat on the mat.", '"Where is the dog?" said Anna.', "It rained, and the door didn't open.")


def make_text(seed: int) -> str:
    choice = random.Random(seed)
    return "\n\n".join(" ".join(choice.choices(SENTENCES, k=4)) for _ in range(60))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices this small are slower on two threads, and far slower where something else wants the cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def options(tmp_path: Path) -> TrainingOptions:
    """A run of 24 steps on two tiny books, a third held out."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for seed, name in enumerate(("one", "three", "two")):
        (corpus / f"{name}.txt").write_text(make_text(seed), encoding="utf-8")
    return TrainingOptions(
        corpus, tmp_path / "run", held_out=("three",), epochs=1000, warmup_steps=2,
        vocabulary=300, context=32, width=64, layers=2, batch_size=4,
    )  # fmt: skip


def make_trainer(options: TrainingOptions, num_steps: int = 24) -> Trainer:
    options.output.mkdir(parents=True, exist_ok=True)
    books, held_out = split(read_books(options.corpus), options.held_out)
    pieces = [piece for book in books for piece in cut_into_pieces(book, options.seed)]
    tokenizer = train_tokenizer(pieces, options.vocabulary, options.context)
    tokens = [torch.tensor([END_OF_TEXT_ID, *tokenizer.backend_tokenizer.encode(piece).ids]) for piece in pieces]
    trainer = Trainer(options, tokenizer, Batches(tokens, options.context, options.batch_size, options.seed), held_out)
    trainer.num_steps = num_steps
    return trainer


def test_a_few_steps_lower_the_held_out_loss_and_the_export_loads_with_transformers(options: TrainingOptions) -> None:
    trainer = make_trainer(options)
    before = measure(trainer.model, trainer.tokenizer, trainer.held_out)
    after = trainer.run()
    assert after is not None
    assert after.nats_per_token < before.nats_per_token - 1
    assert after.num_characters == len(trainer.held_out)

    model = GPT2LMHeadModel.from_pretrained(options.output / "checkpoint", dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(options.output / "checkpoint")
    assert measure(model, tokenizer, trainer.held_out).nats == pytest.approx(after.nats, rel=1e-4)
    assert model.lm_head.weight is model.transformer.wte.weight
    assert model.config.eos_token_id == tokenizer.eos_token_id == END_OF_TEXT_ID


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(options: TrainingOptions, tmp_path: Path) -> None:
    uninterrupted = make_trainer(options, num_steps=8)
    uninterrupted.run()

    other = replace(options, output=tmp_path / "interrupted")
    assert make_trainer(other, num_steps=8).run(stop_after=3) is None
    resumed = make_trainer(other, num_steps=8)
    resumed.load()
    assert resumed.step == 3
    resumed.run()

    expected = uninterrupted.model.state_dict()
    for name, tensor in resumed.model.state_dict().items():
        torch.testing.assert_close(tensor, expected[name], msg=name)


def test_the_command_trains_and_resumes(options: TrainingOptions) -> None:
    arguments = [
        f"--corpus={options.corpus}", f"--output={options.output}", "--held-out", "three", "--epochs=0.1",
        "--vocabulary=300", "--context=32", "--width=64", "--layers=1", "--batch-size=4",
    ]  # fmt: skip
    train(parse(arguments))
    train(parse([*arguments, "--resume"]))
    assert (options.output / "checkpoint" / "model.safetensors").is_file()


def test_a_book_that_is_not_there_cannot_be_held_out(options: TrainingOptions) -> None:
    with pytest.raises(ValueError, match="emma not found"):
        split(read_books(options.corpus), ("emma",))


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"holds no \.txt file"):
        read_books(tmp_path)


def test_sizes_that_cannot_be_are_refused(options: TrainingOptions) -> None:
    with pytest.raises(ValueError, match="head size"):
        replace(options, width=100)
    with pytest.raises(ValueError, match="256 bytes"):
        replace(options, vocabulary=256)
    with pytest.raises(ValueError, match="expected more than one batch"):
        Batches([torch.zeros(10, dtype=torch.int32)], context=32, batch_size=4, seed=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "  two  spaces ",
        "don't — “stop”…",
        "日本語 🙂 \u0000\u0007",
        "<|endoftext|>",
        "\tand\r\nreturn",
    ],
)
def test_the_tokenizer_round_trips_any_text(tmp_path: Path, text: str) -> None:
    train_tokenizer([make_text(0)], vocabulary=300, context=32).save_pretrained(tmp_path)
    for loader in (AutoTokenizer, GPT2TokenizerFast):
        tokenizer = loader.from_pretrained(tmp_path)
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_the_tokenizer_splits_as_gpt2_does(tmp_path: Path) -> None:
    tokenizer = train_tokenizer([make_text(0)], vocabulary=300, context=32)
    assert (tokenizer.bos_token, tokenizer.eos_token_id) == (END_OF_TEXT, END_OF_TEXT_ID)
    words = tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str("I didn't,  not 99")
    assert [word for word, _ in words] == ["I", "Ġdidn", "'t", ",", "Ġ", "Ġnot", "Ġ99"]
    assert tokenizer.tokenize("the")[0] != tokenizer.tokenize(" the")[0]


def test_hard_wraps_curly_quotes_and_licences_are_normalised() -> None:
    text = (
        "The licence\r\n*** START OF THE PROJECT GUTENBERG EBOOK EMMA ***\r\n\r\n“It’s late,”\r\nsaid he—“go…”\r\n"
        "\r\n[Illustration: a door]\r\n\r\nShe went.\r\n*** END OF THE PROJECT GUTENBERG EBOOK EMMA ***\r\nMore licence"
    )
    assert normalise(text) == ('"It\'s late," said he--"go..."', "She went.")


def test_pieces_are_whole_paragraphs_and_the_same_for_the_same_seed() -> None:
    book = Book("a", tuple(f"Paragraph {number}. " + "word " * 40 for number in range(400)))
    pieces = cut_into_pieces(book, seed=1)
    assert "\n\n".join(pieces) == book.text
    assert pieces == cut_into_pieces(book, seed=1) != cut_into_pieces(book, seed=2)


def test_a_straight_text_can_be_set_with_curly_quotes() -> None:
    text = '"\'Tis so," he said--"isn\'t it? \'Yes\' ("no")..."'
    assert typographic(text) == "“‘Tis so,” he said—“isn’t it? ‘Yes’ (“no”)…”"


def test_an_epoch_deals_every_token_once_and_never_teaches_the_end_of_a_piece() -> None:
    pieces = [torch.tensor([END_OF_TEXT_ID, *range(start, start + 9)]) for start in range(1, 181, 9)]
    batches = Batches(pieces, context=8, batch_size=4, seed=3)
    dealt = [batches.batch(step) for step in range(batches.steps_per_epoch)]
    inputs = torch.cat([input_ids for input_ids, _ in dealt]).flatten()
    targets = torch.cat([target for _, target in dealt]).flatten()
    words = inputs[inputs != END_OF_TEXT_ID].tolist()
    assert len(set(words)) == len(words)
    assert END_OF_TEXT_ID in inputs
    assert END_OF_TEXT_ID not in targets
    assert IGNORED in targets


def test_the_schedule_ends_at_zero_by_steps_or_by_time() -> None:
    assert progress(50, 100, elapsed_s=10, limit_s=None) == 0.5
    assert progress(50, 100, elapsed_s=90, limit_s=100) == 0.9
    assert progress(50, 100, elapsed_s=200, limit_s=100) == 1
    assert rate(0, 10, done=0) == pytest.approx(0.1)
    assert rate(500, 10, done=1) == pytest.approx(0)


def test_a_run_out_of_time_ends_annealed(options: TrainingOptions) -> None:
    trainer = make_trainer(replace(options, hours=1), num_steps=10**6)
    ticks = iter(range(0, 10**6, 600))
    trainer.clock, trainer.started = lambda: float(next(ticks)), 0.0
    assert trainer.run() is not None
    assert 0 < trainer.step < 6


def test_muon_makes_updates_orthogonal() -> None:
    generator = torch.Generator().manual_seed(0)
    for shape in ((3, 16, 48), (3, 48, 16)):
        singular = torch.linalg.svdvals(orthogonalise(torch.randn(shape, generator=generator)))
        assert singular.min() > 0.5
        assert singular.max() < 1.5


def test_a_loss_that_does_not_compile_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> torch.Tensor:
        raise RuntimeError("no C++ compiler")

    def loss(input_ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return (input_ids - targets).sum()

    monkeypatch.setattr(torch, "compile", lambda *_, **__: broken)
    assert compile_loss(loss, torch.ones(1), torch.ones(1)) is loss


def test_bfloat16_is_chosen_by_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    assert has_bfloat16_units("cpu")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    assert not has_bfloat16_units("cpu")
