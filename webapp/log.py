"""What the log leaves out: tokens of links, which open documents to whoever reads them, and what it says already."""

import logging
import re

TOKEN = re.compile(r"/(s|recover)/[^\s\"'?#]+")


class OnlyFailures(logging.Filter):
    """For django.request, which repeats every 404 and 503 of the access log; what it has to say is the tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is not None


class HideTokens(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = TOKEN.sub(r"/\1/…", message)
        if hidden != message:
            record.msg, record.args = hidden, None
        return True
