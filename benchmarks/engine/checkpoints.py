"""Makes what is measured: checkpoints of the real shapes with random weights, for us and in the peers' formats."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from generation.checkpoints import bundled_folder

VOCABULARY = 50257
SHAPES = {
    "tiny": {"n_layer": 2, "n_embd": 64, "n_head": 2},
    "distilgpt2": {"n_layer": 6, "n_embd": 768, "n_head": 12},
    "gpt2": {"n_layer": 12, "n_embd": 768, "n_head": 12},
}


def make_checkpoint(folder: Path, name: str) -> None:
    if (folder / name / "model.safetensors").is_file():
        return
    print(f"Making {name} with random weights ...", flush=True)
    torch.manual_seed(0)
    # The small shape gets the bundled checkpoint's small vocabulary too.
    tokenizer = bundled_folder() / "tokenizer.json" if name == "tiny" else _tokenizer_file(folder)
    vocabulary = _size(tokenizer)
    model = GPT2LMHeadModel(GPT2Config(**SHAPES[name], vocab_size=vocabulary))
    PreTrainedTokenizerFast(tokenizer_file=str(tokenizer)).save_pretrained(folder / name)
    model.save_pretrained(folder / name)


def convert_for_ctranslate2(folder: Path, name: str, python: Path) -> None:
    target = folder / f"ct2-{name}"
    if not target.is_dir():
        converter = python.parent / "ct2-transformers-converter"
        _run(converter, "--model", folder / name, "--output_dir", target, "--quantization", "int8")


def export_for_openvino(folder: Path, name: str, python: Path) -> None:
    target = folder / f"ov-{name}"
    if not target.is_dir():
        options = ("--task", "text-generation-with-past", "--weight-format", "int8")
        _run(python.parent / "optimum-cli", "export", "openvino", "-m", folder / name, *options, target)


def _run(*command: Path | str) -> None:
    print(f"Running {Path(command[0]).name} ...", flush=True)
    ended = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if ended.returncode:
        lines = ended.stderr.strip().splitlines()
        raise OSError(f"{Path(command[0]).name} failed: {lines[-1] if lines else ended.returncode}")


def _tokenizer_file(folder: Path) -> Path:
    """GPT-2's tokenizer where there is one, else the bundled one with enough tokens that no text has."""
    file = folder / "tokenizer.json"
    data = os.environ.get("INKLING_TEST_DATA")
    folder.mkdir(parents=True, exist_ok=True)
    if data:
        from transformers import GPT2TokenizerFast

        source = Path(data, "gpt2-tokenizer")
        GPT2TokenizerFast.from_pretrained(source).backend_tokenizer.save(str(file))
    else:
        file.write_text(json.dumps(_padded((bundled_folder() / "tokenizer.json").read_text(encoding="utf-8"))))
    return file


def _padded(text: str) -> dict[str, object]:
    content: dict[str, dict[str, dict[str, int]]] = json.loads(text)
    vocabulary = content["model"]["vocab"]
    vocabulary |= {f"unused{number}": number for number in range(len(vocabulary), VOCABULARY)}
    return dict(content)


def _size(file: Path) -> int:
    return len(json.loads(file.read_text(encoding="utf-8"))["model"]["vocab"])
