"""Django's settings, flat. The environment is read here, once; every value has a development default.

The worker's own settings are generation.config.EngineConfig; Celery's are in webapp/celery.py.
"""

import secrets
from pathlib import Path
from typing import Any

import dj_database_url
import django

from webapp.env import (
    envbool,
    envint,
    envlist,
    envmail,
    envorigins,
    envpath,
    envsecret,
    envstr,
    kept_secret,
    origin_host,
)
from webapp.processes.embedded_redis import embedded_url
from webapp.static import content_hash

BASE_DIR = Path(__file__).resolve().parent.parent

# The folder that holds everything to keep: database, secret key, downloaded checkpoints, the embedded Redis' dump.
DATA_DIR = envpath("DATA_DIR", BASE_DIR / "var")
# Folders of checkpoints that the catalogue may name, and where checkpoints from the hub are kept.
MODELS_DIR = envpath("MODELS_DIR", DATA_DIR / "checkpoints")
# The default checkpoint's name; where it is set, it wins over the catalogue at every start.
CHECKPOINT = envstr("CHECKPOINT")

# Where the web server listens. The world reaches it through a proxy, see docker/README.md.
HOST = envstr("HOST", "127.0.0.1")
PORT = envint("PORT", 8000, lowest=1, highest=65535)

# Tracebacks in the browser; for development only.
DEBUG = envbool("DEBUG", False)

# `manage.py up` makes the kept key. Without one sessions would end with the process, so processes/web.py refuses.
SECRET_KEY_PATH = DATA_DIR / "secret_key"
KEPT_SECRET_KEY = envsecret("SECRET_KEY") or kept_secret(SECRET_KEY_PATH)
SECRET_KEY = KEPT_SECRET_KEY or secrets.token_urlsafe(50)

# The addresses that people type, scheme and port included: "https://write.example.org". Hosts, form posts and
# sockets from anywhere else are refused.
ORIGINS = envorigins("ORIGINS", [f"http://{host}:{PORT}" for host in ("127.0.0.1", "localhost", "[::1]")])
# EXTRA_HOSTS: more names that the process itself is asked by, such as a load balancer's health check.
ALLOWED_HOSTS = [origin_host(origin) for origin in ORIGINS] + envlist("EXTRA_HOSTS", [])
CSRF_TRUSTED_ORIGINS = ORIGINS
WEBSOCKET_ORIGINS = ORIGINS

# Behind a proxy that overwrites X-Forwarded-Proto; without one, clients could lie in it.
BEHIND_PROXY = envbool("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
IS_HTTPS = all(origin.startswith("https://") for origin in ORIGINS)
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
# Redirecting from http, and promises for other names of the domain, are the proxy's and its owner's business.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

ROOT_URLCONF = "webapp.urls"
ASGI_APPLICATION = "webapp.asgi.application"

INSTALLED_APPS = [
    "webapp.apps.InklingAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "webapp.apps.WebappConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "webapp.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# A document's "saved" must survive a power cut, so commits are synced (FULL). IMMEDIATE: a transaction that reads
# first and writes later would otherwise fail at once, without waiting, when another one wrote in between.
SQLITE_OPTIONS = {
    "timeout": 5,
    "transaction_mode": "IMMEDIATE",
    # Deleted is deleted: what a deletion frees is overwritten. Writing frees hardly anything, so it costs that little.
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA journal_size_limit=67108864;"
    "PRAGMA secure_delete=ON;",
}
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "inkling.sqlite3", "OPTIONS": SQLITE_OPTIONS}
# A database that does not answer, or a row that somebody keeps locked, must not hold up everybody's edits for ever:
# they fail in passing, and browsers send them again. Options in the URL win.
POSTGRES_OPTIONS = {"connect_timeout": 5, "options": "-c lock_timeout=5s -c statement_timeout=30s"}
# "postgres://user:password@host/name"; SQLite in the data folder where it is not set.
DATABASE_URL = envsecret("DATABASE_URL")
# Connections kept between requests leak under ASGI, hence conn_max_age 0.
DATABASE: dict[str, Any] = {**dj_database_url.parse(DATABASE_URL, conn_max_age=0)} if DATABASE_URL else SQLITE
if DATABASE["ENGINE"] == "django.db.backends.postgresql":
    DATABASE["OPTIONS"] = {**POSTGRES_OPTIONS, **DATABASE.get("OPTIONS", {})}
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: broker, continuation cache, channel layer. Where it is not set, `manage.py up` runs one in the data folder.
IS_REDIS_EMBEDDED = not envsecret("REDIS_URL")
REDIS_URL = envsecret("REDIS_URL") or embedded_url(DATA_DIR)
CHANNEL_LAYERS = {"default": {"BACKEND": "webapp.channel_layer.ResilientPubSubChannelLayer"}}

# Documents belong to a browser by this cookie, so it lives as long as browsers allow.
SESSION_ENGINE = "webapp.sessions"
SESSION_COOKIE_AGE = 400 * 24 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SAMESITE = "Lax"

# "smtps://user:password@host", or "smtp+tls://" (STARTTLS) or plain "smtp://". Without it nothing is sent, and whoever
# forgets a password needs a recovery link or an admin.
EMAIL = envmail("EMAIL_URL")
CAN_SEND_EMAIL = EMAIL is not None
if EMAIL:
    EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL
EMAIL_TIMEOUT = 10
# Whom such mail comes from.
DEFAULT_FROM_EMAIL = envstr("EMAIL_FROM", f"Inkling <inkling@{origin_host(ORIGINS[0])}>")

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Forms here are small; nothing is uploaded.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# Every address of a static file carries the hash of all of them, so browsers may keep them for ever and relative
# imports between our modules stay as they are written.
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_HASH = content_hash([*STATICFILES_DIRS, Path(django.__file__).parent / "contrib/admin/static"])
STATIC_URL = f"/static/{STATIC_HASH}/"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# DEBUG INFO WARNING ERROR
LOG_LEVEL = envstr("LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "hide_tokens": {"()": "webapp.log.HideTokens"},
        "only_failures": {"()": "webapp.log.OnlyFailures"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["hide_tokens"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would say everything twice.
        "django": {"handlers": []},
        "django.request": {"filters": ["only_failures"]},
        "daphne": {"level": "WARNING"},
    },
}
