"""From folders to checkpoints that serve, and why some do not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.checkpoints import Checkpoint
from generation.config import ConfigError, EngineConfig
from generation.engine import Engine, lane, loading, token_table
from generation.engine.loading import LoadedCheckpoint, load_checkpoint
from generation.engine.weights import read_weights
from generation.errors import CheckpointInvalid, NoRoom
from tests.generation.engine.test_model import read


@pytest.fixture
def folder(checkpoint_folder: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(checkpoint_folder, tmp_path / "models" / "tiny"))


def load(folder: Path, **settings: Any) -> LoadedCheckpoint:
    return load_checkpoint(Checkpoint("tiny", f"folder:{folder.name}"), EngineConfig(folder.parent, **settings))


def change_config(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")


def change_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    weights = change(load_file(folder / "model.safetensors"))
    save_file({name: weight.contiguous() for name, weight in weights.items()}, folder / "model.safetensors")


def logits(loaded: LoadedCheckpoint) -> torch.Tensor:
    return read(loaded.model, [0, 5, 7], [3])


# It works


def test_a_folder_loads_and_says_so(folder: Path) -> None:
    states: dict[str, bool] = {}
    shares: list[float] = []

    def note(state: str, progress: float | None, reason: str) -> None:
        states.setdefault(state, "tiny" in engine.loaded())
        shares.extend([] if progress is None else [progress])

    engine = Engine(EngineConfig(folder.parent))
    engine.load(Checkpoint("tiny", "folder:tiny"), note)
    assert states == {"loading": False, "ready": True}
    assert shares == sorted(shares)
    assert (len(shares) > 5, shares[-1]) == (True, 1.0)
    loaded = engine.loaded()["tiny"]
    assert loaded.num_parameters == sum(weight.numel() for weight in load_file(folder / "model.safetensors").values())
    assert len(loaded.revision) == 40


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_room_is_made_for_what_the_weights_will_take_before_they_are_read(
    folder: Path, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(loading, "read_weights", lambda *paths: asked.append(-1) or read_weights(*paths))
    config = EngineConfig(folder.parent)
    loaded = load_checkpoint(Checkpoint("tiny", "folder:tiny", dtype=dtype), config, make_room=asked.append)
    assert asked == [pytest.approx(loaded.model.num_bytes, rel=0.01), -1]


def test_who_gets_no_room_is_not_loaded(folder: Path) -> None:
    def refuse(num_bytes: int) -> None:
        raise NoRoom("too large")

    states: list[str] = []
    engine = Engine(EngineConfig(folder.parent))
    with pytest.raises(NoRoom, match="too large"):
        engine.load(Checkpoint("tiny", "folder:tiny"), lambda state, *_: states.append(state), refuse)
    assert states == ["loading", "failed"]
    assert engine.loaded() == {}


def test_other_weights_have_another_revision(folder: Path) -> None:
    before = load(folder).revision
    assert load(folder).revision == before
    change_weights(folder, lambda weights: {name: weight * 2 for name, weight in weights.items()})
    assert load(folder).revision != before


def test_names_may_lack_the_prefix_and_buffers_are_ignored(folder: Path) -> None:
    expected = logits(load(folder))

    def renamed(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        plain = {name.removeprefix("transformer."): weight for name, weight in weights.items()}
        plain["h.0.attn.bias"] = torch.ones(1, 1, 128, 128)
        plain["h.0.attn.masked_bias"] = torch.tensor(-1e4)
        plain["lm_head.weight"] = plain["wte.weight"].clone()
        return plain

    change_weights(folder, renamed)
    assert torch.equal(logits(load(folder)), expected)


def test_padded_embeddings_are_cut_to_the_vocabulary(folder: Path) -> None:
    expected = logits(load(folder))
    padding = torch.full((28, 64), 5.0)

    def padded(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        name = "transformer.wte.weight"
        return weights | {name: torch.cat((weights[name], padding))}

    change_weights(folder, padded)
    change_config(folder, vocab_size=expected.shape[1] + 28)
    assert torch.equal(logits(load(folder)), expected)


def test_half_precision_files_are_widened(folder: Path) -> None:
    expected = logits(load(folder))
    change_weights(folder, lambda weights: {name: weight.half() for name, weight in weights.items()})
    torch.testing.assert_close(logits(load(folder)), expected, rtol=0.05, atol=0.05)


@pytest.mark.parametrize(("wanted", "expected"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_the_dtype_is_as_wanted(folder: Path, wanted: str, expected: torch.dtype) -> None:
    assert load(folder, dtype=wanted).model.dtype == expected


def test_the_checkpoints_dtype_goes_before_the_engines(folder: Path) -> None:
    checkpoint = Checkpoint("tiny", "folder:tiny", dtype="bfloat16")
    assert load_checkpoint(checkpoint, EngineConfig(folder.parent, dtype="float32")).dtype == "bfloat16"


def test_a_checkpoint_says_what_its_weights_take(folder: Path) -> None:
    in_float32, in_bfloat16 = (load(folder, dtype=dtype) for dtype in ("float32", "bfloat16"))
    num_vector_bytes = 4 * (2 * (192 + 64 + 256 + 64 + 4 * 64) + 2 * 64)
    # The embedding twice: to look tokens up and, laid out for products, to give logits.
    num_embedding_bytes = 4 * 420 * 64
    assert in_float32.model.num_bytes == 4 * in_float32.num_parameters - num_vector_bytes + num_embedding_bytes
    num_layer_bytes = 4 * 2 * (192 + 64 + 256 + 256) * 64
    assert in_float32.model.num_bytes - in_bfloat16.model.num_bytes == num_layer_bytes // 2


def test_a_large_embedding_is_read_from_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = logits(load(folder))
    monkeypatch.setattr(token_table, "LARGEST_IN_MEMORY", 0)
    loaded = load(folder)
    assert torch.equal(logits(loaded), expected)
    assert load(folder).model.token_table.num_bytes == 0


# Who may not


@pytest.mark.parametrize("name", ["..", "a/b", "/etc", "a\\b", "", ".hidden", "~root"])
def test_no_source_names_a_path(name: str) -> None:
    with pytest.raises(CheckpointInvalid, match="source is"):
        Checkpoint("tiny", f"folder:{name}")


def test_a_link_leads_nowhere_else(folder: Path) -> None:
    inside = folder.parent / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(folder)
    with pytest.raises(CheckpointInvalid, match="'link' leads out of the models directory"):
        load(inside / "link")


# Bad input


def spoil_missing(folder: Path) -> None:
    shutil.rmtree(folder)


def spoil_truncated(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])


def spoil_pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def spoil_not_a_number(folder: Path) -> None:
    change_weights(folder, lambda weights: weights | {"transformer.ln_f.bias": torch.full((64,), torch.nan)})


def spoil_lacking(folder: Path) -> None:
    change_weights(folder, lambda weights: {name: w for name, w in weights.items() if "h.1.attn.c_attn" not in name})


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_missing, "its folder .* is missing"),
        (spoil_truncated, "model.safetensors is damaged or cut short"),
        (spoil_pickled, r"only pickled weights \(pytorch_model.bin\), expected model.safetensors"),
        (spoil_not_a_number, "ln_f.bias holds numbers that are infinite or not numbers"),
        (spoil_lacking, "2 weights are missing, the first is h.1.attn.c_attn.weight"),
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda folder: (folder / "config.json").write_text("[]"), "config.json is not an object"),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors is missing"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer"),
        (lambda folder: change_config(folder, model_type="llama"), "model_type 'llama', expected 'gpt2'"),
        (lambda folder: change_config(folder, auto_map={"AutoModel": "x.X"}), "config.json has auto_map"),
        (lambda folder: change_config(folder, vocab_size=100), "the tokenizer has 420 tokens, expected at most"),
        (
            lambda folder: change_config(folder, vocab_size=500),
            r"wte.weight has shape \(420, 64\), expected \(500, 64\)",
        ),
        (lambda folder: change_config(folder, n_layer="2"), "n_layer '2', expected an integer from 1 to 1024"),
        (lambda folder: change_config(folder, n_layer=10**9), "n_layer 1000000000, expected an integer from 1 to 1024"),
        (lambda folder: change_config(folder, n_layer=0), "n_layer 0, expected an integer"),
        (lambda folder: change_config(folder, n_head=0), "n_head 0, expected an integer"),
        (lambda folder: change_config(folder, n_embd=64.0), "n_embd 64.0, expected an integer"),
        (lambda folder: change_config(folder, n_embd=None), "n_embd None, expected an integer"),
        (lambda folder: change_config(folder, n_inner="256"), "n_inner '256', expected an integer"),
        (lambda folder: change_config(folder, n_inner=[256]), r"n_inner \[256\], expected an integer"),
        (lambda folder: change_config(folder, n_inner=0), "n_inner 0, expected an integer"),
        (lambda folder: change_config(folder, layer_norm_epsilon=None), "epsilon None, expected a number between"),
        (lambda folder: change_config(folder, layer_norm_epsilon="nan"), "epsilon 'nan', expected a number between"),
        (lambda folder: change_config(folder, layer_norm_epsilon=float("nan")), "epsilon nan, expected a number"),
        (lambda folder: change_config(folder, layer_norm_epsilon=-5.0), "epsilon -5.0, expected a number between"),
        (lambda folder: change_config(folder, layer_norm_epsilon=True), "epsilon True, expected a number between"),
        (lambda folder: change_config(folder, n_head=5), "expected heads that divide the width"),
        (lambda folder: change_config(folder, activation_function="relu"), "activation_function 'relu'"),
        (lambda folder: change_config(folder, reorder_and_upcast_attn=True), "reorder_and_upcast_attn True"),
    ],
)
def test_a_checkpoint_that_cannot_serve_says_why(folder: Path, spoil: Callable[[Path], None], reason: str) -> None:
    spoil(folder)
    states: list[tuple[str, str]] = []
    with pytest.raises(CheckpointInvalid, match=f"tiny cannot be loaded: .*{reason}"):
        load_checkpoint(
            Checkpoint("tiny", "folder:tiny"),
            EngineConfig(folder.parent),
            lambda state, progress, reason: states.append((state, reason)),
        )
    assert states[-1][0] == "failed"
    assert "tiny cannot be loaded" in states[-1][1]


@pytest.mark.parametrize("name", ["cuda", "cuda:3"])
def test_a_device_that_is_not_there_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: name == "cuda:3")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ConfigError, match=f"DEVICE is '{name}', expected auto or cpu: PyTorch finds . CUDA devices"):
        Engine(EngineConfig(device=name))


def test_a_checkpoint_whose_logits_are_no_numbers_does_not_serve(folder: Path) -> None:
    change_weights(folder, lambda weights: {name: weight * 1e25 for name, weight in weights.items()})
    states: list[tuple[str, str]] = []
    engine = Engine(EngineConfig(folder.parent, dtype="float32"))
    reason = "tiny cannot be loaded: its logits are infinite or not numbers"
    with pytest.raises(CheckpointInvalid, match=reason):
        engine.load(Checkpoint("tiny", "folder:tiny"), lambda state, progress, reason: states.append((state, reason)))
    assert states[-1] == ("failed", reason)
    assert engine.loaded() == {}


def test_what_fails_while_a_checkpoint_is_tried_is_told_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no such kernel")

    monkeypatch.setattr(lane, "warm_up", fail)
    states: list[tuple[str, str]] = []
    with pytest.raises(CheckpointInvalid, match="tiny cannot be loaded: no such kernel"):
        Engine(EngineConfig(folder.parent)).load(
            Checkpoint("tiny", "folder:tiny"), lambda state, progress, reason: states.append((state, reason))
        )
    assert states[-1] == ("failed", "tiny cannot be loaded: no such kernel")
