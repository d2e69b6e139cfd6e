"""python -m generation complete."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from transformers import pipeline, set_seed

from generation.__main__ import main


def complete(folder: Path, *arguments: str) -> int:
    return main(["complete", "--checkpoint", str(folder), "--max-new-tokens", "5", "--seed", "1", *arguments])


def test_it_prints_continuations(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert complete(checkpoint_folder, "--prompt", "The cat") == 0
    output = capsys.readouterr().out
    assert output.count("The cat") == 3
    assert output.count("(length, 5 tokens)") == 3


def test_it_prints_json(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert complete(checkpoint_folder, "--prompt", "The cat", "--json", "--num-continuations", "2") == 0
    output = json.loads(capsys.readouterr().out)
    assert output["params"]["seed"] == 1
    assert [continuation["index"] for continuation in output["continuations"]] == [0, 1]
    assert set(output["continuations"][0]) == {"index", "finish_reason", "num_tokens", "text", "token_ids"}


def test_json_tells_what_the_model_thought(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert complete(checkpoint_folder, "--prompt", "The cat", "--json", "--alternatives", "2") == 0
    continuation = json.loads(capsys.readouterr().out)["continuations"][0]
    assert len(continuation["tokens"]) == continuation["num_tokens"]
    assert continuation["mean_logprob"] < 0
    assert all(token["thought"]["rank"] >= 1 for token in continuation["tokens"])
    assert all(len(token["thought"]["alternatives"]) == 2 for token in continuation["tokens"])


def test_it_repeats_a_call_of_transformers(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--parity", "transformers", "--num-continuations", "2", "--max-length", "20", "--seed", "1", "--json"]
    assert main(["complete", "--checkpoint", str(checkpoint_folder), "--prompt", "The cat", *arguments]) == 0
    set_seed(1)
    generate = pipeline("text-generation", model=str(checkpoint_folder))
    expected = generate("The cat", num_return_sequences=2, max_length=20, return_tensors=True)
    num_prompt_tokens = len(generate.tokenizer("The cat")["input_ids"])
    output = json.loads(capsys.readouterr().out)
    assert [each["token_ids"] for each in output["continuations"]] == [
        each["generated_token_ids"][num_prompt_tokens:] for each in expected
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--parity", "transformers", "--stop", "a"], "--parity came with stop"),
        (["--max-length", "20"], "--max-length came without --parity"),
        (["--parity", "transformers", "--temperature", "-1"], "transformers refuses the call"),
    ],
)
def test_a_call_that_transformers_does_not_know_is_refused(
    checkpoint_folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert complete(checkpoint_folder, "--prompt", "The cat", *arguments) == 2
    assert complaint in capsys.readouterr().err


def test_it_streams(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert complete(checkpoint_folder, "--prompt", "The cat", "--stream", "--temperature", "0") == 0
    *pieces, end = capsys.readouterr().out.splitlines()
    assert end == "0\t[length]"
    assert all(piece.startswith("0\t'") for piece in pieces)


def test_it_runs_as_a_module(checkpoint_folder: Path) -> None:
    command = [sys.executable, "-m", "generation", "complete", "--checkpoint", str(checkpoint_folder), "--prompt", "A"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("--- 0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--top-p", "2"), "top_p is 2.0, expected a number from 0 to 1"),
        (("--num-continuations", "0"), "num_continuations is 0, expected an integer from 1 to 64"),
        (("--temperature", "nan"), "temperature is nan"),
    ],
)
def test_a_wrong_param_is_one_line(
    checkpoint_folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert complete(checkpoint_folder, "--prompt", "The cat", *arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert message in output.err
    assert len(output.err.splitlines()) == 1


def test_an_unknown_checkpoint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert complete(Path("/nowhere"), "--prompt", "The cat") == 2
    assert "checkpoint is '/nowhere', expected a folder or one of novels-7m, distilgpt2" in capsys.readouterr().err


def test_an_empty_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert complete(tmp_path, "--prompt", "The cat") == 2
    assert "cannot be loaded: config.json is missing" in capsys.readouterr().err


def test_a_missing_prompt_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["complete"])
    assert exit_info.value.code == 2
    assert "--prompt" in capsys.readouterr().err
