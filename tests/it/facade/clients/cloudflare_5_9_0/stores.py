"""Stores: made, listed, got, deleted."""

from cloudflare import BadRequestError, ConflictError, NotFoundError

from api import quota, secret_api, store_api
from world import ACCOUNT, NOBODY, eventually, names, new_secret, refused


def store_is_made():
    assert names(store_api.list(account_id=ACCOUNT)) == []
    assert quota() == (0, 100)
    made = store_api.create(account_id=ACCOUNT, name="payments")
    assert (made.name, made.account_id, len(made.id)) == ("payments", ACCOUNT, 32)
    assert made.created == made.modified
    for name, message in [
        ("payments", "store_name_already_exists: payments"),
        ("", "store_name_empty"),
        ("n" * 256, "store_name_too_long"),
        ("two words", "store_name_invalid: has letters, digits and signs of ASCII, and no spaces"),
    ]:
        code = 1003 if name == "payments" else 1001
        with refused(BadRequestError, code, message):
            store_api.create(account_id=ACCOUNT, name=name)
    return made


def stores_are_listed(made):
    other = store_api.create(account_id=ACCOUNT, name="Other_Store")
    assert store_api.get(made.id, account_id=ACCOUNT).model_dump() == made.model_dump()
    assert names(store_api.list(account_id=ACCOUNT)) == ["Other_Store", "payments"]
    by_name = store_api.list(account_id=ACCOUNT, order="name", direction="desc", per_page=1)
    assert by_name.result_info.model_dump() == {
        "count": 1, "page": 1, "per_page": 1, "total_count": 2, "total_pages": 2,
    }
    assert names(by_name) == ["payments", "Other_Store"]
    assert store_api.list(account_id=ACCOUNT, page=9).result == []
    with refused(BadRequestError, 1001, "invalid_query_parameter: order"):
        store_api.list(account_id=ACCOUNT, order="status")
    for call in [store_api.get, store_api.delete]:
        with refused(NotFoundError, 1001, "store_not_found"):
            call(NOBODY, account_id=ACCOUNT)
    assert store_api.delete(other.id, account_id=ACCOUNT) is None
    assert names(store_api.list(account_id=ACCOUNT)) == ["payments"]


def store_with_secrets_is_deleted_by_force(store):
    with refused(ConflictError, 1003, "store_not_empty"):
        store_api.delete(store, account_id=ACCOUNT)
    other = store_api.create(account_id=ACCOUNT, name="other").id
    secret_api.create(other, account_id=ACCOUNT, body=[new_secret("API_KEY")])
    assert store_api.delete(other, account_id=ACCOUNT, force=True) is None
    with refused(NotFoundError, 1001, "store_not_found"):
        store_api.get(other, account_id=ACCOUNT)
    eventually("its secrets are gone", lambda: quota() == (2, 100))
