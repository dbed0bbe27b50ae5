"""All configuration, in the order of Django's settings reference, ours last. Every value comes from the environment."""

import logging
from pathlib import Path

import environ
import pghistory
from csp.constants import NONE, SELF
from kombu import Exchange, Queue

from commsplan import environment
from commsplan.lib import logs

BASE_DIR = Path(__file__).resolve().parent.parent

environment.read(environment.file_of(BASE_DIR))  # never overrides the real environment
env = environ.Env()

DEBUG = environment.value("DEBUG", False)
SECRET_KEY = env("SECRET_KEY")  # no default: refuse to start
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
BASE_URL = environment.value("BASE_URL", "http://localhost:8000")
BASE_HOST = BASE_URL.split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[BASE_HOST]), "localhost", "127.0.0.1", "[::1]"]  # health checks

# Cache, queue and database: one PostgreSQL, one Redis.
DATABASES = {"default": environment.database(env("DATABASE_URL"))}
DATABASES["default"].setdefault("CONN_MAX_AGE", environment.value("CONN_MAX_AGE", 60))
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["TEST"] = {"TEMPLATE": "template0"}

REDIS_URL = env("REDIS_URL")
REDIS_PREFIX = env("REDIS_PREFIX", default="commsplan")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_PREFIX,
    }
}

# Mail. EMAIL_URL is django-environ's: smtp://user:password@host:587, smtp+tls://…, smtp+ssl://…
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_FALLBACK_URL = environment.value("EMAIL_FALLBACK_URL", "")  # as EMAIL_URL: takes over while that one fails
EMAIL_TIMEOUT = environment.value("EMAIL_TIMEOUT", 620)  # ten minutes for the last reply (RFC 5321 4.5.3.2.6)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default=f"CommsPlan <commsplan@{BASE_HOST}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

INSTALLED_APPS = [
    "sample",
    "accounts",
    "stakeholders",
    "directory",
    "upgrades",
    "vendors",
    "engagement",
    "feedback",
    "notices",
    "portal",
    "commsplan",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "django_structlog",
    "pghistory",
    "pgtrigger",
    "template_partials.apps.SimpleAppConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.BeforeSessions",
    "commsplan.middleware.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "accounts.middleware.ReaderSettings",
]

ROOT_URLCONF = "commsplan.urls"
WSGI_APPLICATION = "commsplan.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "accounts.templatetags.permissions",
                "commsplan.templatetags.ui",
                "crispy_forms.templatetags.crispy_forms_tags",
                "django.contrib.humanize.templatetags.humanize",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "commsplan.context.product",
            ],
        },
    }
]

# Language and time: stored in UTC, shown in the reader's zone (accounts.middleware).
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = environment.value("TIME_ZONE", "UTC")

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "build" / "static"))()
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env("STATIC_STORAGE", default="whitenoise.storage.CompressedManifestStaticFilesStorage")
    },
}
WHITENOISE_USE_FINDERS = environment.value("STATIC_FROM_SOURCE", False)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts
AUTH_USER_MODEL = "accounts.Account"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # unique by a constraint on the lower-case address
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_ON_GET = False

# History: every insert, change and deletion of what people edit, by trigger, with the account that did it.
PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())

# Security
HTTPS = BASE_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environment.value("BEHIND_PROXY", False) else None
SECURE_SSL_REDIRECT = False  # the proxy's work
SECURE_HSTS_SECONDS = environment.value("SECURE_HSTS_SECONDS", 31_536_000 if HTTPS else 0)
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL])
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# Logs: one event is one line of JSON, or of words for people. Requests and tasks pass their id on (django-structlog).
LOG_FORMAT = environment.value("LOG_FORMAT", "lines" if DEBUG else "json")
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = None  # who did what is in the history, not in the log
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO  # django.request warns of it
DJANGO_STRUCTLOG_STATUS_5XX_LOG_LEVEL = logging.INFO
DEFAULT_EXCEPTION_REPORTER_FILTER = "commsplan.lib.reporting.Filter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"event": {"()": "commsplan.lib.logs.formatter", "kind": LOG_FORMAT}},
    "filters": {"no_links": {"()": "commsplan.lib.logs.HideLinks"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "event", "filters": ["no_links"]}},
    "root": {"handlers": ["console"], "level": environment.value("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": []},
        "django.server": {"handlers": [], "propagate": True},
        "celery": {"level": "WARNING"},  # not each of some ten tasks every few seconds
        "django_structlog.celery": {"level": "CRITICAL"},  # Celery says itself what failed
    },
}
logs.set_up()

# Celery is the clock and the hands; PostgreSQL is the queue.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"{REDIS_PREFIX}:"}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # a lost nudge costs one tick; a repeated one costs a claim
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# The clock has a queue and a process of its own: a mail server that keeps every worker waiting must not stop it.
QUEUES = ("celery", "others", "clock")  # the default first: it has mail; "others" has every other channel
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
CELERY_TASK_ROUTES = {"notices.tasks.tick": {"queue": "clock"}}
TICK_SECONDS = environment.value("TICK_SECONDS", 5.0)
CHECK_SECONDS = 60.0
CELERY_BEAT_SCHEDULE = {
    "notices-look-into-mailbox": {
        "task": "notices.tasks.look_into_mailbox",
        "schedule": 60.0,
        "options": {"expires": 55.0},
    },
    "notices-watch": {"task": "notices.tasks.watch", "schedule": 60.0, "options": {"expires": 60.0}},
    "notices-tick": {
        "task": "notices.tasks.tick",
        "schedule": TICK_SECONDS,
        "options": {"expires": 2 * TICK_SECONDS},
    },
    "notices-check-plans": {
        "task": "notices.tasks.check_plans",
        "schedule": CHECK_SECONDS,
        "options": {"expires": CHECK_SECONDS},
    },
}

# Who watches: figures for a program, mails for people when something stands still.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
METRICS_ALLOW = environment.value("METRICS_ALLOW", ())  # besides this machine itself
ALERT_EMAILS = env.list("ALERT_EMAILS", default=[])  # none: the active administrators
ALERT_QUEUE_MINUTES = environment.value("ALERT_QUEUE_MINUTES", 30)

# Ours
ORGANISATION = env("ORGANISATION", default="Our organisation")
BOUNCE_DOMAIN = env("BOUNCE_DOMAIN", default=BASE_HOST)  # envelope senders are bounce+…@ this domain
BOUNCE_IMAP_URL = env("BOUNCE_IMAP_URL", default="")  # the mailbox in which bounces arrive, where nothing pipes them
MAIL_REPORTS_FROM = env("MAIL_REPORTS_FROM", default="")  # the provider that reports what came back
MAIL_REPORTS_SECRET = env("MAIL_REPORTS_SECRET", default="")  # by which it proves that it is the one
IMPORT_MAX_MB = environment.value("IMPORT_MAX_MB", 50)  # a larger file of people is refused unread
OUTGOING_PROXY = environment.value("OUTGOING_PROXY", "")  # of all channels but SMTP; no other is used
ALLOWED_PRIVATE_NETWORKS = environment.value("ALLOWED_PRIVATE_NETWORKS", ())  # addresses given by people may lead there
SECRETS_KEYS = env.list("SECRETS_KEYS", default=[SECRET_KEY, *SECRET_KEY_FALLBACKS])  # the first encrypts, all decrypt
LINK_KEYS = env.list("LINK_KEYS", default=[SECRET_KEY, *SECRET_KEY_FALLBACKS])  # the first signs, all are accepted
