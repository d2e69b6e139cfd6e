"""The scenes: what is asked of whom, and the figures that come of it."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.engine.contender import Contender
from benchmarks.engine.contest import Contest, Turn, dtypes
from benchmarks.engine.figures import Figures, cold_figures, median, typing_figures
from benchmarks.engine.work import Prompt, Work

TEXT_TOKENS, PROMPT_TOKENS = 500, 200
# Five keystrokes a second.
INTERVAL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """How long it may take. `key_stride`: a peer that keeps nothing between keys is asked at every so many keys."""

    num_rounds: int
    num_keys: int
    key_stride: int
    num_requests: tuple[int, ...]
    num_typists: tuple[int, ...]
    typist_seconds: float
    num_growth_requests: int
    num_decode_runs: int


FULL = Plan(5, 60, 10, (1, 8, 16), (1, 2, 4, 8, 16), 5.0, 20_000, 5)
QUICK = Plan(3, 4, 4, (8,), (16,), 1.0, 2_000, 1)


def play_typing(contest: Contest, work: Work, plan: Plan) -> dict[str, Figures]:
    """Keys at the end of a text, struck one by one: the next when the continuations of the last have ended.

    Ours also at five keys a second, each key cancelling the request of the one before it, as the editor does.
    """
    ours, transformers, openvino = contest.ours(), contest.if_possible("transformers"), contest.if_possible("openvino")
    _warm_up([*ours, *transformers, *openvino], contest, work)

    def turns(prompts: list[Prompt]) -> Iterator[Turn]:
        for contender in ours:
            yield Turn(contender.name, contender, "typing", {"prompts": prompts})
            cancelling = {"typists": [prompts], "interval": INTERVAL_SECONDS}
            yield Turn(f"{contender.name}, cancelling", contender, "typists", cancelling)
        for contender in transformers:
            yield Turn(contender.name, contender, "typing", {"prompts": prompts[1 :: plan.key_stride]})
        for contender in openvino:
            for num_samples in (3, 1):
                arguments = {"prompts": prompts, "num_samples": num_samples}
                yield Turn(f"{contender.name}, {num_samples} x 20", contender, "typing", arguments)

    rounds = ([*turns(work.typing(plan.num_keys, TEXT_TOKENS, seed))] for seed in range(plan.num_rounds))
    return _medians(contest.play(rounds), typing_figures)


def play_cold(contest: Contest, work: Work, plan: Plan) -> dict[str, Figures]:
    """Requests that come at once, with prompts never seen, until the last has ended."""
    peers = [peer for name in ("transformers", "ctranslate2", "openvino") for peer in contest.if_possible(name)]
    contenders = [*contest.ours(), *peers]
    _warm_up(contenders, contest, work)
    rounds = (
        [
            Turn(f"{contender.name} | {number}", contender, "cold", {"prompts": prompts})
            for number in plan.num_requests
            for prompts in [work.prompts(number, PROMPT_TOKENS, f"{seed}/{number}")]
            for contender in contenders
        ]
        for seed in range(plan.num_rounds)
    )
    return _medians(contest.play(rounds), cold_figures)


def play_typists(contest: Contest, work: Work, plan: Plan) -> dict[str, Figures]:
    """Several typists at once, each at five keys a second behind a text of its own."""
    peers = [peer for name in ("transformers", "openvino") for peer in contest.if_possible(name)]
    contenders = [*contest.ours(), *peers]
    _warm_up(contenders, contest, work)
    num_keys = round(plan.typist_seconds / INTERVAL_SECONDS)
    rounds = (
        [
            Turn(f"{contender.name} | {number}", contender, "typists", arguments)
            for number in plan.num_typists
            for texts in [[work.typing(num_keys, PROMPT_TOKENS, f"{seed}/{one}") for one in range(number)]]
            for arguments in [{"typists": texts, "interval": INTERVAL_SECONDS}]
            for contender in contenders
        ]
        for seed in range(plan.num_rounds)
    )
    return _medians(contest.play(rounds), typing_figures)


def play_decode(plan: Plan) -> tuple[dict[str, Figures], dict[str, str]]:
    """A decode step beside the time it takes to read the weights, keys and values once: milliseconds.

    Also returns the dtypes that this machine does not decode in, with the reasons.
    """
    figures: dict[str, Figures] = {}
    absent: dict[str, str] = {}
    for dtype in dtypes():
        try:
            figures[dtype] = median([_decode_step(dtype) for _ in range(plan.num_decode_runs)])
        except subprocess.CalledProcessError as error:
            absent[dtype] = error.stderr.strip().splitlines()[-1]
    return figures, absent


def play_memory(extra: Contest, growth: Contest, works: tuple[Work, Work], plan: Plan) -> dict[str, Figures]:
    """Megabytes: beyond weights and cells with the real shape, and grown over many requests of the small one."""
    prompts = works[0].prompts(16, PROMPT_TOKENS, "memory")
    contenders = extra.measured_for_memory()
    reports = extra.play([[Turn(one.name, one, "extra", {"prompts": prompts})] for one in contenders])
    figures = {name: {part: value / 2**20 for part, value in report.items()} for name, (report,) in reports.items()}
    prompts = [prompt for seed in range(8) for prompt in works[1].typing(40, 60, f"growth/{seed}")]
    small = growth.measured_for_memory()[0]
    # Twice: for each number of rows that a step may have oneDNN makes its code when the first step comes that has it.
    readings = [
        small.play("growth", prompts=prompts, number=plan.num_growth_requests)["readings"] for _ in ("at first", "then")
    ]
    at_first, then = (statistics.fmean(part[-3:]) / 2**20 for part in readings)
    figures["growth"] = {
        "requests": plan.num_growth_requests,
        "at first": at_first - readings[0][0] / 2**20,
        "grown": then - at_first,
        "own": then,
    }
    return figures


def _warm_up(contenders: list[Contender], contest: Contest, work: Work) -> None:
    """What is compiled, allocated or laid out at the first request is not what is measured."""
    print("    warming up", flush=True)
    prompts = work.prompts(2, PROMPT_TOKENS, "warm")
    contest.play([[Turn(contender.name, contender, "cold", {"prompts": prompts}) for contender in contenders]])


def _medians(
    reports: dict[str, list[dict[str, Any]]], figures: Callable[[dict[str, Any]], Figures]
) -> dict[str, Figures]:
    return {label: median([figures(report) for report in rounds]) for label, rounds in reports.items()}


def _decode_step(dtype: str) -> Figures:
    command = [sys.executable, "-m", "benchmarks.decode_step", "--shape", "gpt2", "--rows", "24", "--keys", "256"]
    output = subprocess.run([*command, "--dtype", dtype], check=True, capture_output=True, text=True).stdout
    return {name.strip(): float(value) for name, value in re.findall(r"^  (\S.*?) +([\d.]+)$", output, re.MULTILINE)}
