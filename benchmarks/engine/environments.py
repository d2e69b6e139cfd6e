"""The peers' Python environments: those named by the environment, or made once below the benchmark's own folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parent.parent


def peers_python(cache: Path) -> Path:
    """Has transformers, CTranslate2 and OpenVINO GenAI."""
    return _python("BENCH_PEERS_PYTHON", cache / "peers", REQUIREMENTS / "requirements.txt")


def export_python(cache: Path) -> Path:
    """Has optimum-intel, which wants an older transformers, for the export to OpenVINO."""
    return _python("BENCH_EXPORT_PYTHON", cache / "export", REQUIREMENTS / "requirements-export.txt")


def _python(variable: str, folder: Path, requirements: Path) -> Path:
    if named := os.environ.get(variable):
        return Path(named)
    python = folder / "bin" / "python"
    stamp = folder / "installed"
    wanted = requirements.read_text()
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"Installing {requirements.name} into {folder} (some minutes the first time) ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)], check=True)
        stamp.write_text(wanted)
    return python
