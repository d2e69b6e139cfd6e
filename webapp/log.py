"""Keeps share tokens out of the log: whoever holds one may read, and perhaps write, a document."""

import logging
import re

TOKEN = re.compile(r"/s/[^\s\"'?#]+")


class HideTokens(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = TOKEN.sub("/s/…", message)
        if hidden != message:
            record.msg, record.args = hidden, None
        return True
