"""The hash that the addresses of static files carry. Imported by the settings, so it knows nothing of Django."""

import hashlib
from collections.abc import Iterable
from pathlib import Path, PurePath


def content_hash(folders: Iterable[Path]) -> str:
    """Twelve hex digits that change with any file's name or content."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if is_served(path.relative_to(folder))):
            if path.is_file():
                digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def is_served(path: PurePath) -> bool:
    """Whether a file belongs to the site: what building the vendored bundle leaves beside it does not."""
    return "node_modules" not in path.parts and not any(part.startswith(".") for part in path.parts)
