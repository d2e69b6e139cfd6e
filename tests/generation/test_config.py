"""The engine's settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from generation.config import ConfigError, EngineConfig


def test_every_setting_has_a_default() -> None:
    assert EngineConfig.from_env({}) == EngineConfig()
    assert EngineConfig.from_env({"DTYPE": "", "DEVICE": "", "NUM_THREADS": ""}) == EngineConfig()


def test_settings_come_from_the_environment() -> None:
    environ = {"MODELS_DIR": "/models", "DTYPE": "bfloat16", "NUM_THREADS": "2", "MEMORY_BUDGET": "2000000"}
    config = EngineConfig.from_env(environ)
    assert (config.models_dir, config.dtype, config.num_threads, config.memory_budget) == (
        Path("/models"),
        "bfloat16",
        2,
        2_000_000,
    )


def test_models_lie_in_the_data_folder() -> None:
    assert EngineConfig.from_env({"DATA_DIR": "/data"}).models_dir == Path("/data/checkpoints")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"DTYPE": "int4"}, "DTYPE is 'int4', expected one of auto, float32, bfloat16, int8"),
        ({"NUM_THREADS": "many"}, "NUM_THREADS is 'many', expected an integer"),
        ({"WEIGHTS_BUDGET": "lots"}, "WEIGHTS_BUDGET is 'lots', expected an integer"),
        ({"DEVICE": "foo"}, "DEVICE is 'foo', expected auto, cpu, cuda or cuda:<number>"),
        ({"DEVICE": "cuda:"}, "DEVICE is 'cuda:', expected auto"),
        ({"MAX_WAITING": "0"}, "MAX_WAITING is 0, expected at least 1"),
    ],
)
def test_a_bad_setting_is_named(environ: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        EngineConfig.from_env(environ)
