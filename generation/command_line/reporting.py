"""Prints what came of a request: texts or JSON, at the end or as it comes."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

from generation.command_line.asking import Asked
from generation.command_line.thoughts import TokenWriter
from generation.messages import (
    ContinuationExtended,
    ContinuationFailed,
    ContinuationFinished,
    ContinuationStarted,
    Event,
)


class Report(Protocol):
    def hear(self, event: Event) -> None: ...

    def close(self) -> None:
        """Every continuation has come to its end."""


def choose_report(arguments: argparse.Namespace, asked: Asked, token_bytes: Callable[[int], bytes]) -> Report:
    tokens = TokenWriter(token_bytes)
    heading = {"prompt": arguments.prompt, **asked.described()}
    if arguments.json:
        return JsonLines(heading, tokens) if arguments.stream else JsonObject(heading, tokens)
    return Lines(tokens) if arguments.stream else Texts(arguments.prompt, tokens)


class Texts:
    """Each continuation behind its prompt, and below it what the model thought, if that was asked for."""

    def __init__(self, prompt: str, tokens: TokenWriter) -> None:
        self._prompt = prompt
        self._tokens = tokens
        self._kept = _Kept()

    def hear(self, event: Event) -> None:
        self._kept.add(event)

    def close(self) -> None:
        for end, extensions in self._kept.continuations():
            mean = "" if end.mean_logprob is None else f", mean log-probability {end.mean_logprob:.3f}"
            print(f"--- {end.index} ({end.finish_reason}, {end.num_tokens} tokens{mean})")
            print(self._prompt + end.text)
            for line in self._tokens.table(extensions):
                print(line)


class Lines:
    """A line for each token: the continuation's index, what it adds to the text, what the model thought."""

    def __init__(self, tokens: TokenWriter) -> None:
        self._tokens = tokens

    def hear(self, event: Event) -> None:
        if isinstance(event, ContinuationExtended) and (event.text or event.thought):
            print("\t".join([str(event.index), repr(event.text), *self._tokens.columns(event)]), flush=True)
        if isinstance(event, ContinuationFinished):
            print(f"{event.index}\t[{event.finish_reason}]", flush=True)

    def close(self) -> None:
        """All has been printed."""


class JsonObject:
    def __init__(self, heading: dict[str, Any], tokens: TokenWriter) -> None:
        self._told = heading
        self._tokens = tokens
        self._kept = _Kept()

    def hear(self, event: Event) -> None:
        self._kept.add(event)
        if isinstance(event, ContinuationStarted):
            self._told |= _fields(event)

    def close(self) -> None:
        self._told["continuations"] = [self._describe(*ended) for ended in self._kept.continuations()]
        print(json.dumps(self._told))

    def _describe(self, end: ContinuationFinished, extensions: list[ContinuationExtended]) -> dict[str, Any]:
        told = {**_fields(end), "token_ids": [each.token_id for each in extensions]}
        if end.mean_logprob is not None:
            told["tokens"] = [self._tokens.described(each) for each in extensions]
        return told


class JsonLines:
    """An object for each event, on a line of its own."""

    def __init__(self, heading: dict[str, Any], tokens: TokenWriter) -> None:
        self._heading = heading
        self._tokens = tokens

    def hear(self, event: Event) -> None:
        match event:
            case ContinuationStarted():
                self._print("started", self._heading | _fields(event))
            case ContinuationExtended():
                self._print("extended", {"index": event.index, **self._tokens.described(event)})
            case ContinuationFinished():
                self._print("finished", _fields(event))
            case ContinuationFailed():
                self._print("failed", _fields(event))

    def close(self) -> None:
        """All has been printed."""

    def _print(self, name: str, told: dict[str, Any]) -> None:
        print(json.dumps({"event": name, **told}), flush=True)


class _Kept:
    """The events of each continuation."""

    def __init__(self) -> None:
        self._extensions: defaultdict[int, list[ContinuationExtended]] = defaultdict(list)
        self._ends: dict[int, ContinuationFinished] = {}

    def add(self, event: Event) -> None:
        if isinstance(event, ContinuationExtended):
            self._extensions[event.index].append(event)
        if isinstance(event, ContinuationFinished):
            self._ends[event.index] = event

    def continuations(self) -> list[tuple[ContinuationFinished, list[ContinuationExtended]]]:
        return [(self._ends[index], self._extensions[index]) for index in sorted(self._ends)]


def _fields(event: ContinuationStarted | ContinuationFinished | ContinuationFailed) -> dict[str, Any]:
    return {name: value for name, value in asdict(event).items() if name != "request_id" and value is not None}
