"""PyPI `cloudflare` 4.3.1, of an older description of the interface: every method of the Secrets Store."""

from cloudflare import BadRequestError, ConflictError, NotFoundError, PermissionDeniedError

from world import ACCOUNT, FOREIGN, NAMESPACE, NOBODY, READER, VALUES
from world import client, eventually, names, new_secret, refused

store_api = client().secrets_store.stores
secret_api = store_api.secrets
quota_api = client().secrets_store.quota


def quota():
    secrets = quota_api.get(account_id=ACCOUNT).secrets
    return (secrets.usage, secrets.quota)


def stores_are_made_and_listed():
    def create(*stores):
        return store_api.create(account_id=ACCOUNT, body=[{"name": name} for name in stores])

    assert names(store_api.list(account_id=ACCOUNT)) == []
    # It sends a list of one, and expects one.
    (made,) = create("payments").result
    assert (made.name, made.account_id, len(made.id)) == ("payments", ACCOUNT, 32)
    with refused(BadRequestError, 1003, "store_name_already_exists: payments"):
        create("payments")
    with refused(BadRequestError, 1001, "store_name_empty"):
        create("")
    for several in [["a", "b"], []]:
        with refused(BadRequestError, 1001, "invalid_json_body"):
            create(*several)
    (other,) = create("other").result
    by_name = store_api.list(account_id=ACCOUNT, order="name", direction="asc", per_page=1)
    assert names(by_name) == ["other", "payments"]
    with refused(NotFoundError, 1001, "store_not_found"):
        store_api.delete(NOBODY, account_id=ACCOUNT)
    assert store_api.delete(other.id, account_id=ACCOUNT) is None
    assert names(store_api.list(account_id=ACCOUNT)) == ["payments"]
    return made.id


def secrets_are_made(store):
    def create(*body, of=store):
        return secret_api.create(of, account_id=ACCOUNT, body=body).result

    key, other = create(new_secret("API_KEY", VALUES.first, ["workers", "dex"]), new_secret("other"))
    assert (key.name, key.scopes, key.comment) == ("API_KEY", ["dex", "workers"], None)
    assert other.name == "other" and not hasattr(other, "value")
    with refused(BadRequestError, 1003, "secret_name_already_exists: API_KEY"):
        create(new_secret("API_KEY"))
    for body, message in [
        (new_secret(""), "secret_name_empty"),
        (new_secret("n", ""), "secret_value_empty"),
        (new_secret("n", "x" * 65537), "secret_value_too_long"),
        (new_secret("n", scopes=[]), "secret_scopes_empty"),
        ({"name": "n", "value": "v"}, "secret_scopes_empty"),
    ]:
        with refused(BadRequestError, 1001, message):
            create(body)
    with refused(NotFoundError, 1001, "store_not_found"):
        create(new_secret("n"), of=NOBODY)
    assert quota() == (2, 100)
    return key.id


def secrets_are_listed_and_got(store, secret):
    def get(secret):
        return secret_api.get(secret, account_id=ACCOUNT, store_id=store)

    def listed(**query):
        return names(secret_api.list(store, account_id=ACCOUNT, **query))

    shown = eventually("it is active", lambda: (it := get(secret)).status == "active" and it)
    assert (shown.name, shown.store_id) == ("API_KEY", store) and not hasattr(shown, "value")
    # Of those of one request any may be the first.
    assert sorted(listed()) == ["API_KEY", "other"]
    assert listed(order="name", direction="asc", per_page=1) == ["API_KEY", "other"]
    assert listed(search="api") == ["API_KEY"] and listed(page=9) == []
    with refused(NotFoundError, 1001, "secret_not_found"):
        get(NOBODY)
    with refused(NotFoundError, 1001, "store_not_found"):
        secret_api.list(NOBODY, account_id=ACCOUNT)


def secret_is_duplicated(store, secret):
    def duplicate(of, name):
        return secret_api.duplicate(of, account_id=ACCOUNT, store_id=store, name=name)

    # It knows nothing of scopes here.
    made = duplicate(secret, "COPY")
    assert (made.name, made.scopes, made.comment) == ("COPY", ["dex", "workers"], None)
    with refused(BadRequestError, 1003, "secret_name_already_exists: COPY"):
        duplicate(secret, "COPY")
    with refused(BadRequestError, 1001, "secret_name_empty"):
        duplicate(secret, "")
    with refused(NotFoundError, 1001, "secret_not_found"):
        duplicate(NOBODY, "n")


def secret_is_edited(store, secret):
    def edit(of=secret, **changes):
        return secret_api.edit(of, account_id=ACCOUNT, store_id=store, **changes)

    # It has to send a name, which changes nothing.
    changed = edit(name="RENAMED", scopes=["workers"])
    assert (changed.name, changed.scopes) == ("API_KEY", ["workers"])
    assert edit(name="API_KEY", value=VALUES.last).id == secret
    for changes, message in [
        ({"scopes": []}, "secret_scopes_empty"),
        ({"value": ""}, "secret_value_empty"),
        ({"value": "x" * 65537}, "secret_value_too_long"),
    ]:
        with refused(BadRequestError, 1001, message):
            edit(name="API_KEY", **changes)
    with refused(NotFoundError, 1001, "secret_not_found"):
        edit(NOBODY, name="API_KEY")


def secrets_are_deleted(store):
    ids = {it.name: it.id for it in secret_api.list(store, account_id=ACCOUNT)}

    def delete(secret):
        return secret_api.delete(secret, account_id=ACCOUNT, store_id=store)

    with refused(ConflictError, 1003, "store_not_empty"):
        store_api.delete(store, account_id=ACCOUNT)
    secret_api.create(store, account_id=ACCOUNT, body=[new_secret("third")])
    assert delete(ids["other"]) is None
    with refused(NotFoundError, 1001, "secret_not_found"):
        delete(ids["other"])
    with refused(BadRequestError, 1001, "invalid_json_body"):
        secret_api.bulk_delete(store, account_id=ACCOUNT)
    third = next(it.id for it in secret_api.list(store, account_id=ACCOUNT, search="third"))
    bulk = secret_api.bulk_delete(store, account_id=ACCOUNT, extra_body={"ids": [third]})
    assert list(bulk) == []
    assert names(secret_api.list(store, account_id=ACCOUNT)) == ["COPY", "API_KEY"]


def callers_are_told_apart(store):
    reader = client(api_token=READER).secrets_store.stores.secrets
    assert names(reader.list(store, account_id=NAMESPACE)) == ["COPY", "API_KEY"]
    for account, secrets in [
        (ACCOUNT, reader),
        (FOREIGN, secret_api),
        (ACCOUNT, client(api_token="no-such-token").secrets_store.stores.secrets),
    ]:
        with refused(PermissionDeniedError, 10000, "Authentication error"):
            secrets.create(store, account_id=account, body=[new_secret("n")])


store = stores_are_made_and_listed()
secret = secrets_are_made(store)
secrets_are_listed_and_got(store, secret)
secret_is_duplicated(store, secret)
secret_is_edited(store, secret)
secrets_are_deleted(store)
callers_are_told_apart(store)
