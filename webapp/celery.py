"""Celery: brings requests to the workers and their reports back. What is published is taken or fails within seconds."""

import logging
import os

from celery import Celery
from django.conf import settings

from generation.redis_connection import kombu_url
from generation.serving import serve_in

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

# What workers report (webapp/tasks.py); checkpoints have queues of their own.
RECORDS_QUEUE = "records"
# Before every key of the broker; a queue is a list of that name.
BROKER_PREFIX = "inkling:celery:"

app = Celery("inkling", broker=kombu_url(settings.REDIS_URL), include=["generation.tasks"])
app.conf.update(
    task_default_queue=RECORDS_QUEUE,
    accept_content=["json"],
    task_serializer="json",
    # Nobody reads results: a task's events go to its asker's channel.
    task_ignore_result=True,
    # A suggestion that was lost with its worker is not worth computing again: the person has typed on.
    task_acks_late=False,
    # Tasks stay in Redis until a thread is free, so that LLEN tells how many wait and other workers may take them.
    worker_disable_prefetch=True,
    worker_prefetch_multiplier=1,
    # A closed connection is worth a second try, a silent Redis is not.
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1},
    broker_transport_options={
        "global_keyprefix": BROKER_PREFIX,
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "visibility_timeout": 120,
        "unacked_restore_throttle": 1,
    },
    # A worker outlives every outage of Redis.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # Concerns tasks acknowledged late, of which there are none; False would only be warned about.
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
)
serve_in(app, settings.REDIS_URL)

# Celery writes two lines for every task, and a task is a keystroke.
for name in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(name).setLevel(logging.WARNING)
