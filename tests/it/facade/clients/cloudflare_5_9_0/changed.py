"""Secrets: duplicated, edited, deleted."""

import itertools

from cloudflare import BadRequestError, NotFoundError

from api import active, quota, secret_api
from world import ACCOUNT, NOBODY, VALUES, eventually, names, refused


def secret_is_duplicated(store, secret):
    def duplicate(of, name, scopes=("access",)):
        return secret_api.duplicate(
            of, account_id=ACCOUNT, store_id=store, name=name, scopes=list(scopes)
        )

    made = duplicate(secret, "COPY")
    assert (made.name, made.scopes, made.comment) == ("COPY", ["access"], None)
    assert made.id != secret and made.store_id == store
    with refused(BadRequestError, 1003, "secret_name_already_exists: COPY"):
        duplicate(secret, "COPY")
    with refused(BadRequestError, 1001, "secret_name_empty"):
        duplicate(secret, "")
    with refused(BadRequestError, 1001, "secret_scopes_empty"):
        duplicate(secret, "n", [])
    with refused(NotFoundError, 1001, "secret_not_found"):
        duplicate(NOBODY, "n")


def secret_is_edited(store, secret):
    def edit(of=secret, **changes):
        return secret_api.edit(of, account_id=ACCOUNT, store_id=store, **changes)

    values = (f"value {i}" for i in itertools.count())
    before = secret_api.get(secret, account_id=ACCOUNT, store_id=store)
    changed = edit(comment="another")
    assert changed.comment == "another" and changed.scopes == ["dex", "workers"]
    assert changed.modified == before.modified, "the value is the same"
    assert edit(scopes=["workers", "access"]).scopes == ["access", "workers"]
    assert edit(comment="").comment is None
    assert edit().id == secret
    # Times are of whole seconds.
    eventually("it is told", lambda: edit(value=next(values)).modified > before.modified)
    edit(value=VALUES.last)
    changed = eventually("it is active again", lambda: active(store, secret))
    assert changed.created == before.created
    for changes, message in [
        ({"scopes": []}, "secret_scopes_empty"),
        ({"scopes": ["worker"]}, "secret_scope_invalid"),
        ({"value": ""}, "secret_value_empty"),
        ({"value": "x" * 65537}, "secret_value_too_long"),
        ({"value": 7}, "invalid_json_body"),
        ({"comment": "c" * 1025}, "secret_comment_too_long"),
    ]:
        with refused(BadRequestError, 1001, message):
            edit(**changes)
    with refused(NotFoundError, 1001, "secret_not_found"):
        edit(NOBODY, comment="c")


def secrets_are_deleted(store):
    ids = {it.name: it.id for it in secret_api.list(store, account_id=ACCOUNT)}

    def bulk_delete(**body):
        return secret_api.bulk_delete(store, account_id=ACCOUNT, **body)

    def delete(secret):
        return secret_api.delete(secret, account_id=ACCOUNT, store_id=store)

    assert delete(ids["large"]) is None
    for call in [delete, lambda it: secret_api.get(it, account_id=ACCOUNT, store_id=store)]:
        with refused(NotFoundError, 1001, "secret_not_found"):
            call(ids["large"])
    with refused(BadRequestError, 1001, "invalid_json_body"):
        bulk_delete()
    with refused(NotFoundError, 1001, "secret_not_found"):
        bulk_delete(extra_body={"ids": [ids["umlaut"], NOBODY]})
    assert quota() == (3, 100), "none, unless all of them are there"
    bulk_delete(extra_body={"ids": [ids["umlaut"]]})
    assert names(secret_api.list(store, account_id=ACCOUNT)) == ["COPY", "API_KEY"]
