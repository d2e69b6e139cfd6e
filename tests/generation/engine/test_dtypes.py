"""Which dtype a checkpoint gets, by what was asked, what the machine can and what it was measured to cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from generation.checkpoints import Checkpoint
from generation.config import Dtype, EngineConfig
from generation.engine import dtypes, loading
from generation.engine.dtypes import Held, choose_dtype
from generation.engine.loading import LoadedCheckpoint, load_checkpoint
from generation.engine.quantization import QuantizationUnavailable, activation_bits
from generation.evaluation.records import PerplexityRecord, write_record
from tests.generation.engine.test_model import random_tokens, read

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
LARGE = 124_000_000


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this machine one with or without the units for each dtype."""

    def be(bfloat16: bool = False, int8: bool = True, activation_bits: int = 7) -> None:
        def bits() -> int:
            if not int8:
                raise QuantizationUnavailable("this CPU is too old")
            return activation_bits

        monkeypatch.setattr(dtypes, "has_fast_bfloat16", lambda: bfloat16)
        monkeypatch.setattr(dtypes, "activation_bits", bits)

    be()
    return be


def held(tmp_path: Path, num_parameters: int = LARGE, cost: float | None = None, **changes: object) -> Held:
    if cost is not None:
        measured = {"revision": "r1", "dtype": "int8", "activation_bits": 7, "text": "a novel", "num_tokens": 1000}
        values = measured | {"nats_per_token": 4.0 + cost, "float32_nats_per_token": 4.0} | changes
        write_record(tmp_path, PerplexityRecord(**values))  # type: ignore[arg-type]
    return Held("tiny", "r1", num_parameters, (tmp_path / "nothing", tmp_path))


def test_auto_is_int8_where_it_was_measured_to_cost_next_to_nothing(
    tmp_path: Path, machine: Callable[..., None]
) -> None:
    assert choose_dtype("auto", held(tmp_path, cost=0.009), CPU) == "int8"


@pytest.mark.parametrize(
    "changes",
    [
        {"cost": None},
        {"cost": 0.011},
        {"cost": float("nan")},
        {"cost": 0.001, "revision": "r2"},
        {"cost": 0.001, "activation_bits": 8},
        {"cost": 0.001, "dtype": "bfloat16"},
    ],
)
def test_auto_stays_in_fp32_otherwise(
    tmp_path: Path, machine: Callable[..., None], changes: dict[str, float | str | None]
) -> None:
    assert choose_dtype("auto", held(tmp_path, **changes), CPU) == "float32"  # type: ignore[arg-type]


@pytest.mark.parametrize(("activation_bits", "dtype"), [(7, "int8"), (8, "float32")])
def test_a_small_checkpoint_is_rounded_where_our_own_kernel_multiplies(
    tmp_path: Path, machine: Callable[..., None], activation_bits: int, dtype: Dtype
) -> None:
    machine(activation_bits=activation_bits)
    small = held(tmp_path, num_parameters=7_000_000, cost=0.001, activation_bits=activation_bits)
    assert choose_dtype("auto", small, CPU) == dtype


@pytest.mark.parametrize("device", [CPU, CUDA])
def test_auto_is_bfloat16_where_that_is_fast(
    tmp_path: Path, machine: Callable[..., None], device: torch.device
) -> None:
    machine(bfloat16=True)
    assert choose_dtype("auto", held(tmp_path, cost=0.001), device) == "bfloat16"
    assert choose_dtype("auto", held(tmp_path, num_parameters=7_000_000), device) == "float32"


@pytest.mark.parametrize("wanted", ["float32", "bfloat16", "int8"])
def test_what_was_asked_for_is_taken_unmeasured(tmp_path: Path, machine: Callable[..., None], wanted: Dtype) -> None:
    assert choose_dtype(wanted, held(tmp_path, num_parameters=7_000_000), CPU) == wanted


def test_where_int8_was_asked_for_in_vain_the_next_is_taken_and_the_log_says_why(
    tmp_path: Path, machine: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    machine(int8=False)
    assert choose_dtype("int8", held(tmp_path), CPU) == "float32"
    assert "tiny is not held in int8: this CPU is too old" in caplog.text
    machine(int8=False, bfloat16=True)
    assert choose_dtype("int8", held(tmp_path), CPU) == "bfloat16"
    assert choose_dtype("int8", held(tmp_path), CUDA) == "bfloat16"
    assert "int8 is for CPUs, and this is cuda" in caplog.text


# A checkpoint held in int8


def load(folder: Path, dtype: Dtype = "int8") -> LoadedCheckpoint:
    return load_checkpoint(Checkpoint("tiny", f"folder:{folder.name}", dtype=dtype), EngineConfig(folder.parent))


@pytest.fixture
def _int8(request: pytest.FixtureRequest) -> None:
    try:
        activation_bits()
    except QuantizationUnavailable as error:
        pytest.skip(f"no exact int8 products: {error}")


@pytest.mark.usefixtures("_int8")
def test_a_checkpoint_in_int8_is_close_to_fp32_and_a_quarter_of_its_size(checkpoint_folder: Path) -> None:
    exact, rounded = load(checkpoint_folder, "float32"), load(checkpoint_folder)
    assert rounded.dtype == "int8"
    token_ids = random_tokens(exact.model, 60)
    expected, given = read(exact.model, token_ids, [60]), read(rounded.model, token_ids, [60])
    assert given.dtype == torch.float32
    assert (given - expected).norm() <= 0.05 * expected.norm()
    unrounded = 4 * (420 + 128) * 64
    assert rounded.model.num_bytes - unrounded == (exact.model.num_bytes - unrounded) // 4


@pytest.mark.usefixtures("_int8")
@pytest.mark.parametrize("chunks", [[1] * 60, [17, 1, 42], [59, 1]])
def test_reading_in_chunks_rounds_the_same_numbers(checkpoint_folder: Path, chunks: list[int]) -> None:
    model = load(checkpoint_folder).model
    token_ids = random_tokens(model, 60)
    assert torch.equal(read(model, token_ids, chunks), read(model, token_ids, [60]))


def test_a_checkpoint_whose_products_go_wrong_is_held_in_fp32(
    checkpoint_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        raise QuantizationUnavailable("a product of 24 rows is not that of the integers")

    monkeypatch.setattr(loading, "make_quantized_linear", refuse)
    monkeypatch.setattr(dtypes, "activation_bits", lambda: 7)
    monkeypatch.setattr(dtypes, "has_fast_bfloat16", lambda: False)
    assert load(checkpoint_folder).dtype == "float32"
    assert "tiny is not held in int8: a product of 24 rows" in caplog.text
