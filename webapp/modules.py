"""Which ES modules a page's scripts need, read from the files themselves. Knows nothing of Django."""

import re
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath

# As our modules write it: at the beginning of a line, over several where the names are many.
IMPORT = re.compile(r'^(?:import|export)\b(?:[\s\w$*,{}]*\bfrom)?\s*"(\.{1,2}/[^"]+)"', re.MULTILINE)


@cache
def modules_of(folder: Path, *entries: str) -> tuple[str, ...]:
    """Each entry, and after it what it imports, itself or through others: paths in the folder, none twice."""
    found: dict[str, None] = {}
    for entry in entries:
        waiting = [entry]
        for path in waiting:
            if path not in found:
                found[path] = None
                waiting += imports_of(folder, path)
    return tuple(found)


def imports_of(folder: Path, path: str) -> list[str]:
    source = (folder / path).read_text(encoding="utf-8")
    folder_of_path = PurePosixPath(path).parent
    return [normpath(folder_of_path / address) for address in IMPORT.findall(source)]
