"""python -m generation complete."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from transformers import pipeline, set_seed

from generation.__main__ import main
from generation.engine.lane import Lane


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
    assert (output["prompt"], output["checkpoint"]) == ("The cat", checkpoint_folder.name)
    assert output["dtype"] in ("float32", "bfloat16", "int8")


def test_json_tells_what_the_model_thought(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert complete(checkpoint_folder, "--prompt", "The cat", "--json", "--alternatives", "2") == 0
    continuation = json.loads(capsys.readouterr().out)["continuations"][0]
    assert len(continuation["tokens"]) == continuation["num_tokens"]
    assert continuation["mean_logprob"] < 0
    assert all(token["thought"]["rank"] >= 1 for token in continuation["tokens"])
    assert all(len(token["thought"]["alternatives"]) == 2 for token in continuation["tokens"])
    assert {type(text) for text in alternative_texts(continuation["tokens"])} == {str}


def alternative_texts(tokens: list[dict[str, Any]]) -> list[str]:
    return [alternative["token"] for token in tokens for alternative in token["thought"]["alternatives"]]


def test_alternatives_are_a_table_of_texts(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--prompt", "The cat s", "--alternatives", "2", "--num-continuations", "1"]
    assert complete(checkpoint_folder, *arguments, "--json") == 0
    [continuation] = json.loads(capsys.readouterr().out)["continuations"]
    assert complete(checkpoint_folder, *arguments) == 0
    title, text, heading, *rows = capsys.readouterr().out.splitlines()
    assert title == f"--- 0 (length, 5 tokens, mean log-probability {continuation['mean_logprob']:.3f})"
    assert text == f"The cat s{continuation['text']}"
    assert heading.split() == ["token", "log-prob.", "rank", "likeliest"]
    assert len(rows) == 5
    for row, token in zip(rows, continuation["tokens"], strict=True):
        logprob, rank = token["thought"]["logprob"], token["thought"]["rank"]
        assert re.search(rf"  {logprob:.3f} +{rank}  ", row)
        assert len(re.findall(r" -\d+\.\d{3}", row)) == 3
    # A token that heals a word is told whole, with what of it the prompt has already.
    assert continuation["tokens"][0]["token"].endswith(continuation["tokens"][0]["text"])


def test_no_alternatives_leave_log_probability_and_rank(
    checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complete(checkpoint_folder, "--prompt", "The cat", "--alternatives", "0", "--num-continuations", "1") == 0
    _, _, heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["token", "log-prob.", "rank"]
    assert len(rows) == 5


def test_it_repeats_a_call_of_transformers(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--parity", "transformers", "--num-continuations", "2", "--max-length", "20", "--seed", "1", "--json"]
    assert main(["complete", "--checkpoint", str(checkpoint_folder), "--prompt", "The cat", *arguments]) == 0
    set_seed(1)
    generate = pipeline("text-generation", model=str(checkpoint_folder))
    expected = generate("The cat", num_return_sequences=2, max_length=20, return_tensors=True)
    num_prompt_tokens = len(generate.tokenizer("The cat")["input_ids"])
    output = json.loads(capsys.readouterr().out)
    assert output["transformers_call"] == {"seed": 1, "num_return_sequences": 2, "max_length": 20}
    assert "params" not in output
    assert [each["token_ids"] for each in output["continuations"]] == [
        each["generated_token_ids"][num_prompt_tokens:] for each in expected
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--parity", "transformers", "--stop", "a"], "--parity came with stop"),
        (["--max-length", "20"], "--max-length came without --parity"),
        (["--parity", "transformers", "--temperature", "0"], "transformers refuses the call"),
        (["--parity", "transformers", "--temperature", "-1"], "temperature is -1.0, expected a number of at least 0"),
        (["--parity", "transformers", "--max-length", "-5"], "max_length is -5, expected an integer from 1"),
        (["--parity", "transformers", "--num-continuations", "0"], "num_return_sequences is 0, expected"),
        (["--parity", "transformers", "--dtype", "int8"], "--dtype is int8, expected float32 with --parity"),
        (["--parity", "transformers", "--seed", "4294967296"], "seed is 4294967296, expected an integer from 0 to"),
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


def test_a_stream_tells_what_the_model_thought(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--prompt", "The cat", "--stream", "--temperature", "0", "--no-heal", "--alternatives", "1"]
    assert complete(checkpoint_folder, *arguments) == 0
    *pieces, _ = capsys.readouterr().out.splitlines()
    assert len(pieces) == 5
    for piece in pieces:
        _, _, logprob, rank, likeliest = piece.split("\t")
        assert rank == "1"
        assert likeliest.endswith(f" {logprob}")


def test_a_stream_of_json_is_an_object_on_each_line(
    checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--prompt", "The cat", "--stream", "--json", "--num-continuations", "2", "--alternatives", "1"]
    assert complete(checkpoint_folder, *arguments) == 0
    started, *others = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (started["event"], started["prompt"], started["params"]["seed"]) == ("started", "The cat", 1)
    for index in range(2):
        *extended, finished = [each for each in others if each["index"] == index]
        assert [each["event"] for each in extended] == ["extended"] * 5
        assert len(alternative_texts(extended)) == 5
        assert finished["event"] == "finished"
        assert "".join(each["text"] for each in extended) == finished["text"]


def test_a_failure_is_a_line_of_json_too(
    checkpoint_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(Lane, "_draw", fail)
    assert complete(checkpoint_folder, "--prompt", "The cat", "--stream", "--json") == 1
    output = capsys.readouterr()
    told = json.loads(output.out.splitlines()[-1])
    assert told == {"event": "failed", "code": "failed", "message": "the engine failed: out of luck"}
    assert "python -m generation: the engine failed: out of luck" in output.err


def test_parity_means_float32_whatever_the_environment_says(
    checkpoint_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for dtype in ("bfloat16", "int8"):
        monkeypatch.setenv("DTYPE", dtype)
        assert complete(checkpoint_folder, "--prompt", "The cat", "--parity", "transformers", "--json") == 0
        assert json.loads(capsys.readouterr().out)["dtype"] == "float32"


def test_a_drawn_seed_is_told_apart_from_the_texts(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["complete", "--checkpoint", str(checkpoint_folder), "--prompt", "The cat", "--max-new-tokens", "5"]
    assert main(arguments) == 0
    drawn = capsys.readouterr()
    assert drawn.err.startswith("drew --seed ")
    assert main([*arguments, *drawn.err.removeprefix("drew ").split()]) == 0
    again = capsys.readouterr()
    assert (again.out, again.err) == (drawn.out, "")


@pytest.mark.parametrize("arguments", [["--json"], ["--temperature", "0"]])
def test_a_seed_that_json_tells_or_nobody_needs_is_not_told(
    checkpoint_folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(["complete", "--checkpoint", str(checkpoint_folder), "--prompt", "The cat", *arguments]) == 0
    assert capsys.readouterr().err == ""


def test_who_reads_no_further_ends_it_quietly(checkpoint_folder: Path) -> None:
    complete = f"{sys.executable} -m generation complete --checkpoint {checkpoint_folder} --prompt A --seed 1 --stream"
    command = ["bash", "-c", f"{complete} --max-new-tokens 100 | head -n 1; exit ${{PIPESTATUS[0]}}"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (len(result.stdout.splitlines()), result.stderr, result.returncode) == (1, "", 141)


def test_it_runs_as_a_module(checkpoint_folder: Path) -> None:
    command = [sys.executable, "-m", "generation", "complete", "--checkpoint", str(checkpoint_folder), "--prompt", "A"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0
    assert re.fullmatch(r"drew --seed \d+\n", result.stderr)
    assert result.stdout.startswith("--- 0")


def test_a_device_that_is_none_is_one_line(
    checkpoint_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVICE", "foo")
    assert complete(checkpoint_folder, "--prompt", "The cat") == 2
    assert capsys.readouterr().err == (
        "python -m generation: DEVICE is 'foo', expected auto, cpu, cuda or cuda:<number>\n"
    )


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
