import psycopg
import redis


def test_the_database_knows_the_letters_of_all_languages(settings):
    at = settings.DATABASES["default"]

    with psycopg.connect(host=at["HOST"], user=at["USER"], dbname="postgres") as connection:
        row = connection.execute("SELECT lower('ÉÄ'), to_tsvector('simple', 'Straße') @@ 'straße'").fetchone()

    assert row == ("éä", True)


def test_the_queue_is_kept_on_disk(settings):
    broker = redis.from_url(settings.REDIS_URL)

    assert broker.config_get("appendonly", "maxmemory-policy") == {
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
    }
