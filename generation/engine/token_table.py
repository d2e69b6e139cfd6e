"""The rows of the token embedding, looked up by token. The output layer has its own copy, laid out for products."""

from __future__ import annotations

import json
import logging
import os
import weakref
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from generation.errors import CheckpointInvalid

logger = logging.getLogger(__name__)

LARGEST_IN_MEMORY = 32 * 2**20
_DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


class TokenTable(Protocol):
    """Gives the embeddings of tokens in fp32: (num_tokens, width)."""

    def __call__(self, token_ids: Tensor) -> Tensor: ...

    @property
    def num_bytes(self) -> int: ...


def make_token_table(folder: Path, weight: Tensor) -> TokenTable:
    """`weight` is on the device of the model, and in `folder` under a name of its own."""
    if weight.device.type == "cpu" and weight.nbytes > LARGEST_IN_MEMORY:
        for file in sorted(folder.glob("model*.safetensors"), reverse=True):
            for name in ("transformer.wte.weight", "wte.weight"):
                try:
                    return TokenTableInFile(file, name)
                except KeyError:
                    logger.debug("%s has no %s to be read row by row", file.name, name)
    return TokenTableInMemory(weight)


class TokenTableInMemory:
    """For other devices than the CPU, and for tables so small that reading costs more than holding."""

    def __init__(self, weight: Tensor) -> None:
        # A CPU's may be mapped from its file, which the model is to outlive.
        self.weight = weight.clone() if weight.device.type == "cpu" else weight  # (vocab_size, width)

    def __call__(self, token_ids: Tensor) -> Tensor:
        return self.weight[token_ids].float()

    @property
    def num_bytes(self) -> int:
        return self.weight.nbytes


class TokenTableInFile:
    """Reads rows from a safetensors file as they are wanted: microseconds, and no second copy in memory.

    Not mapped: a mapped file that somebody cuts short ends the process. Here it is an error with a name.
    """

    def __init__(self, file: Path, name: str) -> None:
        """Raises KeyError where the file has no such weight, or has it in a dtype that is not known."""
        self._file = file
        self._descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        self._state = self._read_state()
        header_size = int.from_bytes(os.pread(self._descriptor, 8, 0), "little")
        entry = json.loads(os.pread(self._descriptor, header_size, 8))[name]
        self._start = 8 + header_size + entry["data_offsets"][0]
        self._dtype = _DTYPES[entry["dtype"]]
        self._width = entry["shape"][1]

    def __call__(self, token_ids: Tensor) -> Tensor:
        if self._read_state() != self._state:
            raise CheckpointInvalid(f"{self._file.name} was changed while it served; load the checkpoint again")
        size = self._width * self._dtype.itemsize
        rows = b"".join(os.pread(self._descriptor, size, self._start + size * number) for number in token_ids.tolist())
        return torch.frombuffer(bytearray(rows), dtype=self._dtype).view(-1, self._width).float()

    @property
    def num_bytes(self) -> int:
        return 0

    def _read_state(self) -> tuple[int, int]:
        status = os.fstat(self._descriptor)
        return status.st_size, status.st_mtime_ns
