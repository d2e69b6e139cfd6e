"""Mail to whoever forgot a password, with a link that sets a new one. Sent beside the request that asked for it."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from webapp.miss_limits import MissLimit
from webapp.models import RecoveryLink

logger = logging.getLogger(__name__)

LIFETIME: Final = timedelta(hours=1)
# Whoever asks again and again fills somebody's mailbox.
sent: Final = MissLimit(3, 3600)
# How long a mail server takes would tell whether there is such an account.
_thread = ThreadPoolExecutor(1, thread_name_prefix="mail")

SUBJECT: Final = "Your Inkling password"
MESSAGE: Final = """Somebody, probably you, forgot the password of the Inkling account "{name}".
This link sets a new one. It works once, for an hour:

{url}

Where it was not you, do nothing: the password stays as it is.
"""


def send_to(request: HttpRequest, who: str) -> None:
    """To every account of that name or e-mail address that has an address; to none where there is none."""
    found = User.objects.filter(Q(username__iexact=who) | Q(email__iexact=who), is_active=True).exclude(email="")
    for user in found:
        if sent.is_reached(str(user.pk)):
            logger.info("a fourth mail within an hour is not sent")
            continue
        sent.miss(str(user.pk))
        token = RecoveryLink.make_for_account(user, LIFETIME)
        url = request.build_absolute_uri(reverse("follow-recovery", args=[token]))
        _thread.submit(_send, user.email, MESSAGE.format(name=user.get_username(), url=url))


def wait_until_sent() -> None:
    """Until the mails so far are on their way."""
    _thread.submit(int).result()


def _send(address: str, message: str) -> None:
    try:
        send_mail(SUBJECT, message, settings.DEFAULT_FROM_EMAIL, [address])
    except (SMTPException, OSError):
        logger.exception("a mail to somebody who forgot a password was not sent")
