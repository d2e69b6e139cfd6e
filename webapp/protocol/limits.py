"""The sizes that browser and server agree on. Lengths count UTF-16 units, as browsers do."""

PROTOCOL = 1
MAX_FRAME_BYTES = 256 * 1024
# Clients split edits at this much JSON.
MAX_EDIT_BYTES = 48 * 1024
MAX_PROMPT_LENGTH = 8_000
MAX_DOCUMENT_LENGTH = 2_000_000
MAX_TITLE_LENGTH = 200
# In characters; 128 tokens of prose have some 600.
MAX_OFFER_LENGTH = 4_000
# JavaScript's largest exact integer.
MAX_INTEGER = 2**53 - 1


def length_in_units(text: str) -> int:
    """UTF-16 units: two for each character beyond the first plane."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
