"""Where text first came from, however often it was restored since. Pure."""

from typing import Any

from webapp.collab.attribution import MACHINE_ORIGIN, Source


def original(source: dict[str, Any]) -> dict[str, Any]:
    """The source, as Source.to_dict() tells it, that wrote the text; restoring carries it along in the provenance."""
    carried = (source["provenance"] or {}).get("source")
    return carried if isinstance(carried, dict) else source


def is_machine_written(source: dict[str, Any]) -> bool:
    return bool(original(source)["origin"] == MACHINE_ORIGIN)


def restored_from(source: Source, revision: int) -> dict[str, Any]:
    """The provenance of text that comes back from `revision`, where it came from `source`."""
    return {"revision_restored": revision, "source": original(source.to_dict())}
