"""Django settings. What an operator may change stands in `environment.py`; everything here is the same on every installation."""

import json
from pathlib import Path

from pinzhi.site import environment

PACKAGE = Path(__file__).resolve().parent.parent
HOME = environment.home()
SECRET_KEY = environment.secret_key()
DEBUG = environment.flag("PINZHI_DEBUG")
ALLOWED_HOSTS = [h for h in environment.read("PINZHI_HOSTS").split(",") if h]
SITE_ID = 1

INSTALLED_APPS = [
    "pinzhi.people",
    "pinzhi.ledger",
    "pinzhi.engine",
    "pinzhi.catalogue",
    "pinzhi.decisions",
    "pinzhi.casework",
    "pinzhi.life.admission",
    "pinzhi.life.tracing",
    "pinzhi.life.monitoring",
    "pinzhi.life.rating",
    "pinzhi.life.complaints",
    "pinzhi.life.evaluation",
    "pinzhi.doors.console",
    "pinzhi.doors.merchant",
    "pinzhi.doors.public",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "django_htmx",
    "template_partials",
    "django_q",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "pinzhi.site.middleware.content_security_policy",
    "pinzhi.site.middleware.lighter_pages",
    "pinzhi.doors.api.problems.always_problems",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pinzhi.people.second_factor.SecondFactorFirst",
]

ROOT_URLCONF = "pinzhi.site.urls"
WSGI_APPLICATION = "pinzhi.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "pinzhi.doors.console.context.console",
            ],
        },
    }
]

DATABASES = {"default": environment.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EVENT_STORE = HOME / "events"
FEED_BODY_BYTES = int(environment.read("PINZHI_FEED_MB")) * 1024 * 1024
LEDGER_KEYS = HOME / "keys"
IDENTITY_KEY = environment.identity_key()
LEDGER_ORIGIN = environment.read("PINZHI_ORIGIN")
LEDGER_WITNESSES = environment.read("PINZHI_WITNESSES")
LEDGER_ANCHORS = environment.read("PINZHI_ANCHORS")
LEDGER_WITNESS = HOME / "witness"
CODE_KEYS = HOME / "keys" / "codes"
LABELS = HOME / "labels"
CODE_HOST = environment.read("PINZHI_CODE_HOST")
GS1_PREFIX = environment.read("PINZHI_GS1_PREFIX")
REGION_HEADER = environment.read("PINZHI_REGION_HEADER")
ASSISTANT_MODEL = tuple(environment.read(f"PINZHI_ASSISTANT_{part}") for part in ("URL", "MODEL", "KEY"))
EMBED_ORIGINS = environment.origins("PINZHI_EMBED")

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "pinzhi.people.login.StaffAccounts"
ACCOUNT_FORMS = {"login": "pinzhi.people.login.SignIn"}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip", "login": "60/m/ip"}  # per account: people.lockout, which is durable
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "Pinzhi"
MFA_ADAPTER = "pinzhi.people.second_factor.SealedFactors"
MFA_FORMS = {
    "authenticate": "pinzhi.people.second_factor.CountedAuthenticate",
    "reauthenticate": "pinzhi.people.second_factor.CountedReauthenticate",
}
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": _oidc["id"],
                    "name": _oidc["name"],
                    "client_id": _oidc["client_id"],
                    "secret": _oidc.get("secret", ""),
                    "settings": {"server_url": _oidc["server_url"]},
                }
            ]
        }
    }
    if (_oidc := json.loads(environment.read("PINZHI_OIDC") or "null"))
    else {}
)
SECOND_FACTOR_REQUIRED = environment.flag("PINZHI_SECOND_FACTOR")

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}}

Q_CLUSTER = {
    "name": "pinzhi",
    "orm": "default",
    "workers": 1,
    "timeout": 3000,
    "retry": 3600,
    "max_attempts": 5,
    "poll": 0.5,
    "catch_up": False,
    "save_limit": 1000,
    "label": "Jobs",
    "bulk": 1,
    "ack_failures": True,
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILES = HOME / "uploads"
FILE_BYTES = int(environment.read("PINZHI_FILE_MB")) * 1024 * 1024
FILES_OF_ONE_OWNER = int(environment.read("PINZHI_OWNER_FILES_MB")) * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "pinzhi.site.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
if environment.flag("PINZHI_HTTPS"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"pinzhi": {"level": "INFO", "handlers": ["stderr"], "propagate": False}},
}
