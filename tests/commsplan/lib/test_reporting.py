from django.views.debug import get_default_exception_reporter_filter

HIDDEN = "http://user:hidden@mail.example"


def test_the_page_of_an_error_shows_no_address_with_a_password(settings, rf):
    settings.BOUNCE_IMAP_URL = settings.OUTGOING_PROXY = settings.CELERY_BROKER_URL = settings.REDIS_URL = HIDDEN
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": HIDDEN}}
    shown = get_default_exception_reporter_filter()

    assert HIDDEN not in str(shown.get_safe_settings())
    assert HIDDEN not in str(shown.get_safe_request_meta(rf.get("/", DATABASE_URL=HIDDEN, EMAIL_URL=HIDDEN)))
    assert shown.get_safe_settings()["TIME_ZONE"] == settings.TIME_ZONE
