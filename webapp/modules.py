"""Which ES modules a page's script needs, read from the files themselves. Knows nothing of Django."""

import re
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath

# As our modules write it: at the beginning of a line, over several where the names are many.
IMPORT = re.compile(r'^(?:import|export)\b(?:[\s\w$*,{}]*\bfrom)?\s*"(\.{1,2}/[^"]+)"', re.MULTILINE)


@cache
def modules_of(folder: Path, entry: str) -> tuple[str, ...]:
    """The entry and all that it imports, itself or through others: paths in the folder, each once, nearest first."""
    found = [entry]
    for path in found:
        found += [imported for imported in imports_of(folder, path) if imported not in found]
    return tuple(found)


def imports_of(folder: Path, path: str) -> list[str]:
    source = (folder / path).read_text(encoding="utf-8")
    folder_of_path = PurePosixPath(path).parent
    return list(dict.fromkeys(normpath(folder_of_path / address) for address in IMPORT.findall(source)))
