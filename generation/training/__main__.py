"""python -m generation.training: trains a checkpoint from the command line.

On a machine that does other work too, set OMP_WAIT_POLICY=PASSIVE: threads that spin while they wait for one another
took about a third of the time that a niced run got (6.6 against 4.6 CPU seconds a step).
"""

import argparse
import logging
from dataclasses import MISSING, fields
from pathlib import Path
from typing import get_args

from transformers import PreTrainedTokenizerFast

from generation.training.batches import Batches, encode_pieces
from generation.training.corpus import PARAGRAPH_BREAK, Book, cut_into_pieces, read_books
from generation.training.options import Precision, TrainingOptions
from generation.training.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer
from generation.training.trainer import STATE, Trainer

logger = logging.getLogger(__name__)

HELP = {
    "corpus": "folder of plain-text books, *.txt",
    "output": "folder for the state and the checkpoint",
    "held_out": "books to measure on instead of training on, named without .txt",
    "epochs": "passes over the books at most",
    "hours": "anneal and end within this time",
    "precision": "auto takes bf16 where the processor has units for it",
    "compile": "compile the model with torch.compile where there is a C++ compiler",
    "resume": "go on from the output folder's saved state",
}


def parse(arguments: list[str] | None = None) -> TrainingOptions:
    """Returns the options; every field of TrainingOptions is a flag."""
    description = "Trains a GPT-2 on a folder of books."
    parser = argparse.ArgumentParser("python -m generation.training", description=description)
    for field in fields(TrainingOptions):
        flag, text = "--" + field.name.replace("_", "-"), HELP.get(field.name)
        if field.type is bool:
            parser.add_argument(flag, action="store_true", help=text)
        elif field.name == "held_out":
            parser.add_argument(flag, nargs="*", default=(), metavar="NAME", help=text)
        elif field.default is MISSING:
            parser.add_argument(flag, type=Path, required=True, help=text)
        elif field.name == "precision":
            parser.add_argument(flag, choices=get_args(Precision), default=field.default, help=text)
        else:
            kind = int if isinstance(field.default, int) else float
            parser.add_argument(flag, type=kind, default=field.default, help=text)
    values = vars(parser.parse_args(arguments))
    return TrainingOptions(**values | {"held_out": tuple(values["held_out"])})


def train(options: TrainingOptions) -> None:
    """Reads the books, makes or loads the tokenizer, and trains to the end."""
    options.output.mkdir(parents=True, exist_ok=True)
    books, held_out = split(read_books(options.corpus), options.held_out)
    pieces = [piece for book in books for piece in cut_into_pieces(book, options.seed)]
    tokenizer = tokenizer_for(options, pieces)
    batches = Batches(encode_pieces(tokenizer, pieces), options.context, options.batch_size, options.seed)
    trainer = Trainer(options, tokenizer, batches, held_out)
    if options.resume:
        trainer.load()
    logger.info(
        "%d books, %d tokens, %d parameters, %d steps",
        len(books), batches.num_tokens, trainer.model.num_parameters(), trainer.num_steps,
    )  # fmt: skip
    trainer.run()


def split(books: list[Book], held_out: tuple[str, ...]) -> tuple[list[Book], str]:
    """Returns the books to train on and the text of the others; raises ValueError for a name that is no book."""
    if unknown := set(held_out) - {book.name for book in books}:
        raise ValueError(f"{', '.join(sorted(unknown))} not found; the corpus has {[book.name for book in books]}")
    texts = [book.text for book in books if book.name in held_out]
    return [book for book in books if book.name not in held_out], PARAGRAPH_BREAK.join(texts)


def tokenizer_for(options: TrainingOptions, pieces: list[str]) -> PreTrainedTokenizerFast:
    if options.resume and (options.output / STATE).exists():
        return load_tokenizer(options.output / "tokenizer")
    tokenizer = train_tokenizer(pieces, options.vocabulary, options.context)
    save_tokenizer(tokenizer, options.output / "tokenizer")
    return tokenizer


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(parse())
