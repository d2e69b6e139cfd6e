"""What a database that is locked, full or away means to a client."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

from webapp.errors import ClientError

logger = logging.getLogger(__name__)


@contextmanager
def answering_for_the_database() -> Iterator[None]:
    """Raises ClientError "unavailable" where the database cannot do its work now; the transaction is rolled back."""
    try:
        yield
    except (OperationalError, InterfaceError, OSError) as error:
        logger.warning("the database is unavailable: %s", error)
        raise ClientError("unavailable", "The document's database does not answer at the moment.") from error
