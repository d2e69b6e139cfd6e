"""What a cheaper dtype was measured to cost a checkpoint: kept beside the weights or in the models directory. Light."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import asdict, dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

# In a checkpoint's own folder; those measured here are in the models directory, where all folders can be written.
FILE_NAME = "perplexity.json"


@dataclass(frozen=True, slots=True)
class PerplexityRecord:
    """How well text was predicted in `dtype` and in fp32. `activation_bits` is 0 for dtypes that round no activations.

    A revision is a hub commit or the hash of the weights, so a record never speaks of other weights.
    """

    revision: str
    dtype: str
    activation_bits: int
    text: str
    num_tokens: int
    nats_per_token: float
    float32_nats_per_token: float

    @property
    def cost(self) -> float:
        """By which share the perplexity is above that of fp32: 0.01 is 1 %."""
        return math.exp(self.nats_per_token - self.float32_nats_per_token) - 1


def find_record(folders: tuple[Path, ...], revision: str, dtype: str, activation_bits: int) -> PerplexityRecord | None:
    """The first that was measured with these weights in this dtype."""
    for record in (record for folder in folders for record in read_records(folder)):
        if (record.revision, record.dtype, record.activation_bits) == (revision, dtype, activation_bits):
            return record
    return None


def read_records(folder: Path) -> list[PerplexityRecord]:
    """A file that cannot be read tells nothing: it is named in the log, and the checkpoint serves as if unmeasured."""
    try:
        items = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return [PerplexityRecord(**item) for item in items]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        logger.warning("%s in %s cannot be read: %s", FILE_NAME, folder, error)
        return []


def write_record(folder: Path, record: PerplexityRecord) -> Path:
    """Replaces what was recorded of the same weights in the same dtype."""
    key = (record.revision, record.dtype, record.activation_bits)
    others = [other for other in read_records(folder) if (other.revision, other.dtype, other.activation_bits) != key]
    folder.mkdir(parents=True, exist_ok=True)
    file, draft = folder / FILE_NAME, folder / f"{FILE_NAME}.new"
    draft.write_text(json.dumps([asdict(item) for item in (*others, record)], indent=1) + "\n", encoding="utf-8")
    return draft.replace(file)
