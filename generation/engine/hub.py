"""Downloads a checkpoint's files from the hub, or finds them where they were downloaded before."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Read by huggingface_hub when it is imported; the hub is not told what is used here, nor waited for long.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", "10")

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm import tqdm  # type: ignore[import-untyped]

from generation.checkpoints import CheckpointState
from generation.errors import CheckpointError, CheckpointInvalid, HubUnreachable

# (state, progress from 0 to 1 or None where unknown, reason of a failure or "")
OnState = Callable[[CheckpointState, float | None, str], None]

# No pickles, no code, no other frameworks' weights.
ALLOWED = ["*.safetensors", "*.json", "*.txt"]
IGNORED = ["*/*"]
# For the first answer; a hub that does not give it is away.
ANSWER_SECONDS = 8.0


def fetch_from_hub(
    hub_id: str, revision: str, cache_dir: Path, on_state: OnState, endpoint: str | None = None
) -> tuple[Path, str]:
    """Returns the folder with the files, and their commit. Raises HubUnreachable or CheckpointInvalid."""
    found = _find_downloaded(hub_id, revision, cache_dir)
    if found:
        return found, found.name
    on_state("downloading", 0.0, "")
    try:
        # Asked first and once: the download itself tries again and again where the hub is away.
        info = HfApi(endpoint=endpoint).model_info(hub_id, revision=revision or None, timeout=ANSWER_SECONDS)
        folder = snapshot_download(
            hub_id,
            revision=info.sha,
            cache_dir=cache_dir,
            endpoint=endpoint,
            allow_patterns=ALLOWED,
            ignore_patterns=IGNORED,
            tqdm_class=_progress_of(on_state),
        )
    except Exception as error:
        raise _explained(error, hub_id, revision) from error
    return Path(folder), Path(folder).name


def _find_downloaded(hub_id: str, revision: str, cache_dir: Path) -> Path | None:
    try:
        folder = snapshot_download(
            hub_id,
            revision=revision or None,
            cache_dir=cache_dir,
            local_files_only=True,
            allow_patterns=ALLOWED,
            ignore_patterns=IGNORED,
        )
    except LocalEntryNotFoundError:
        return None
    return Path(folder)


def _explained(error: Exception, hub_id: str, revision: str) -> CheckpointError:
    if isinstance(error, GatedRepoError):
        return CheckpointInvalid(f"{hub_id} is gated: its owner has to grant access first")
    if isinstance(error, RevisionNotFoundError):
        return CheckpointInvalid(f"{hub_id} has no revision {revision!r}")
    if isinstance(error, RepositoryNotFoundError):
        return CheckpointInvalid(f"{hub_id} is not on the hub, or not public")
    if isinstance(error, HfHubHTTPError):
        return HubUnreachable(f"the hub refused {hub_id}: {error}")
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return HubUnreachable(f"the hub cannot be reached for {hub_id}: {reason}")


def _progress_of(on_state: OnState) -> type[tqdm]:
    """A progress bar that is not shown, but tells `on_state` the share of bytes on disk."""

    class Progress(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self._counts_bytes = kwargs.get("unit") == "B"
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": True})
            self.total: float = kwargs.get("total") or 0
            self.n = 0.0

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            if self._counts_bytes and self.total:
                on_state("downloading", min(1.0, self.n / self.total), "")

    return Progress
