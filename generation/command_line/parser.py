"""The arguments of `python -m generation`, and how they are explained. Checks no values: the params do."""

from __future__ import annotations

import argparse
from typing import get_args

from generation.checkpoints import BUNDLED
from generation.command_line.checkpoint import SOURCES
from generation.config import Dtype
from generation.evaluation import command as perplexity
from generation.messages import MAX_ALTERNATIVES, StopAt


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m generation", description="Inkling's engine, without a server.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_complete(commands.add_parser("complete", help="continue a text"))
    _add_score(commands.add_parser("score", help="tell how surprising each token of a text is"))
    measure = commands.add_parser("perplexity", help="tell what a dtype costs a checkpoint on a text")
    _add_checkpoint(measure)
    perplexity.add_arguments(measure)
    return parser


def _add_complete(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prompt", required=True, metavar="TEXT", help="the text to continue")
    _add_checkpoint(parser)
    _add_dtype(parser)
    _add_sampling(parser.add_argument_group("how continuations are drawn (in brackets what holds otherwise)"))
    _add_parity(parser.add_argument_group("repeating a call of transformers"))
    _add_output(parser.add_argument_group("what is printed"))


def _add_score(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", required=True, metavar="TEXT", help="the text to score")
    _add_checkpoint(parser)
    _add_dtype(parser)


def _add_checkpoint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint", default=BUNDLED, metavar="NAME", help=f"a folder, or one of {', '.join(SOURCES)} ({BUNDLED})"
    )


def _add_dtype(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dtype", choices=get_args(Dtype), default="auto", help="what the weights are held in (DTYPE, else auto)"
    )


def _add_sampling(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--num-continuations", type=int, metavar="N", help="how many continuations (3)")
    group.add_argument("--max-new-tokens", type=int, metavar="N", help="tokens of each of them, at most (20)")
    group.add_argument("--temperature", type=float, metavar="T", help="how freely to draw; 0 takes the likeliest (1.0)")
    group.add_argument("--top-k", type=int, metavar="K", help="draw from the K likeliest tokens; 0: from all (0)")
    group.add_argument(
        "--top-p", type=float, metavar="P", help="draw from the likeliest tokens that together have probability P (0.9)"
    )
    group.add_argument(
        "--min-p", type=float, metavar="P", help="drop tokens with less than P of the likeliest's probability (0.0)"
    )
    group.add_argument(
        "--repetition-penalty", type=float, metavar="X", help="divide the logits of tokens in the text so far (1.0)"
    )
    group.add_argument(
        "--presence-penalty", type=float, metavar="X", help="take X off tokens that the continuation has (0.0)"
    )
    group.add_argument(
        "--frequency-penalty", type=float, metavar="X", help="take X off each time that it has the token (0.0)"
    )
    group.add_argument("--banned", action="append", metavar="TEXT", help="never write this; may be given several times")
    group.add_argument("--stop-at", choices=get_args(StopAt), help="go no further than this (none)")
    group.add_argument("--stop", action="append", metavar="TEXT", help="end before this; may be given several times")
    group.add_argument(
        "--no-heal", dest="heal", action="store_const", const=False, help="go on after the last token, in mid-word too"
    )
    group.add_argument(
        "--distinct", action="store_const", const=True, help="let no continuation begin as an earlier one did"
    )
    group.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same texts (drawn, and told)")


def _add_parity(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--parity",
        choices=["transformers"],
        help="the very tokens of its pipeline after set_seed: in float32, with its own defaults for what is not given",
    )
    group.add_argument("--max-length", type=int, metavar="N", help="tokens of prompt and continuation together")


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--alternatives",
        type=int,
        metavar="N",
        help=f"of each token its log-probability, its rank, and the N (to {MAX_ALTERNATIVES}) likeliest in its place",
    )
    group.add_argument("--stream", action="store_true", help="print tokens as they come, each on a line")
    group.add_argument("--json", action="store_true", help="print one JSON object; with --stream one on each line")
