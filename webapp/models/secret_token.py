"""The secret part of a link: 256 random bits, of which only a hash is kept."""

import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    # So many random bits that a plain hash cannot be turned back by guessing.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
