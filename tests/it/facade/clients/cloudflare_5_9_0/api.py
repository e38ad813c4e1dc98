"""The parts of the client, and what several steps ask."""

from world import ACCOUNT, client

store_api = client().secrets_store.stores
secret_api = store_api.secrets
quota_api = client().secrets_store.quota


def quota():
    secrets = quota_api.get(account_id=ACCOUNT).secrets
    return (secrets.usage, secrets.quota)


def active(store, secret):
    shown = secret_api.get(secret, account_id=ACCOUNT, store_id=store)
    return shown if shown.status == "active" else None
