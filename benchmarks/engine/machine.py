"""Describes the machine that is measured on, and warns where it is busy."""

from __future__ import annotations

import os
import re
from pathlib import Path

import torch

QUIET_LOAD = 0.5
# What engines choose their products by.
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")


def describe() -> dict[str, str]:
    text = Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", text)
    load = os.getloadavg()[0]
    return {
        "CPU": name[1] if name else "unknown",
        "flags": " ".join(flag for flag in FLAGS if flag in _flags(text)) or "none that matter",
        "cores": str(os.cpu_count()),
        "torch": torch.__version__,
        "transformers run in": best_dtype(),
        "load at start": f"{load:.2f}" + ("" if load <= QUIET_LOAD else "  <-- BUSY: these figures mean nothing"),
    }


def best_dtype() -> str:
    """Of transformers on this CPU: where it has no bf16 units, bf16 is emulated and many times slower than fp32."""
    flags = _flags(Path("/proc/cpuinfo").read_text())
    return "bfloat16" if flags & {"avx512_bf16", "amx_bf16"} else "float32"


def _flags(cpuinfo: str) -> set[str]:
    found = re.search(r"flags\s*: (.*)", cpuinfo)
    return set(found[1].split()) if found else set()
