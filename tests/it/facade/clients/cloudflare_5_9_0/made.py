"""Secrets: made and listed."""

from cloudflare import BadRequestError, NotFoundError

from api import active, quota, secret_api
from world import ACCOUNT, NOBODY, VALUES, eventually, names, new_secret, refused, requests


def secrets_are_made(store):
    body = [
        new_secret("API_KEY", VALUES.first, ["workers", "dex", "workers"], comment="the key"),
        new_secret("large", "x" * 65536),
        new_secret("umlaut", "ä" * 32768, comment=""),
    ]
    made = secret_api.create(store, account_id=ACCOUNT, body=body).result
    assert names(made) == ["API_KEY", "large", "umlaut"]
    key, large, umlaut = made
    assert key.scopes == ["dex", "workers"] and key.comment == "the key"
    assert key.store_id == store and key.status in ["pending", "active"]
    assert large.comment is None and umlaut.comment is None
    assert not hasattr(key, "value") and len({secret.id for secret in made}) == 3
    shown = eventually("it is active", lambda: active(store, key.id))
    assert shown.name == "API_KEY" and not hasattr(shown, "value")
    assert quota() == (3, 100)
    return key.id


def secrets_are_refused(store):
    form = "has letters, digits and signs of ASCII, and no spaces"
    for body, message in [
        ([new_secret("")], "secret_name_empty"),
        ([new_secret("n" * 256)], "secret_name_too_long"),
        ([new_secret("a b")], f"secret_name_invalid: {form}"),
        ([new_secret("n", scopes=[])], "secret_scopes_empty"),
        ([new_secret("n", scopes=["worker"])], "secret_scope_invalid"),
        ([new_secret("n", "")], "secret_value_empty"),
        ([new_secret("n", "x" * 65537)], "secret_value_too_long"),
        ([new_secret("n", "ä" * 32769)], "secret_value_too_long"),
        ([new_secret("n", comment="c" * 1025)], "secret_comment_too_long"),
        ([new_secret("n"), new_secret("m", scopes=["x"])], "secret_scope_invalid"),
        ({"name": "n"}, "invalid_json_body"),
    ]:
        with refused(BadRequestError, 1001, message):
            secret_api.create(store, account_id=ACCOUNT, body=body)
    for body, message in [
        ([new_secret("API_KEY")], "secret_name_already_exists: API_KEY"),
        ([new_secret("n"), new_secret("n")], "secret_name_already_exists: n"),
        ([new_secret(f"n{i}") for i in range(98)], "maximum_secrets_exceeded: max 100"),
    ]:
        with refused(BadRequestError, 1003, message):
            secret_api.create(store, account_id=ACCOUNT, body=body)
    with refused(NotFoundError, 1001, "store_not_found"):
        secret_api.create(NOBODY, account_id=ACCOUNT, body=[new_secret("n")])
    assert quota() == (3, 100), "nothing of what was refused is there"


def secrets_are_listed(store):
    def listed(**query):
        return names(secret_api.list(store, account_id=ACCOUNT, **query))

    # Of those of one request any may be the first.
    assert sorted(listed()) == ["API_KEY", "large", "umlaut"]
    assert listed(order="created", direction="asc") == listed()[::-1]
    before = len(requests)
    assert listed(order="name", direction="asc", per_page=2) == ["API_KEY", "large", "umlaut"]
    assert len(requests) - before == 3, "page after page, until an empty one"
    assert listed(search="api_k") == ["API_KEY"] == listed(search="THE KEY")
    assert listed(scopes=["dex"]) == ["API_KEY"] and listed(scopes=["access"]) == []
    assert len(listed(scopes=["dex", "workers"])) == 3
    assert listed(search="nowhere") == [] and listed(page=9) == []
    with refused(BadRequestError, 1001, "invalid_query_parameter: direction"):
        listed(direction="up")
    with refused(NotFoundError, 1001, "store_not_found"):
        secret_api.list(NOBODY, account_id=ACCOUNT)
