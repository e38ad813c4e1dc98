"""Who calls, and for which account."""

from cloudflare import BadRequestError, PermissionDeniedError

from api import store_api
from world import ACCOUNT, FOREIGN, NAMESPACE, NOBODY, READER, TOKEN
from world import client, names, new_secret, refused, route


def callers_are_told_apart(store):
    by_key = client(api_email="someone@example.com", api_key=TOKEN)
    by_name = by_key.secrets_store.stores.list(account_id=NAMESPACE)
    assert names(by_name) == ["payments"] and by_name.result[0].account_id == ACCOUNT
    assert names(client().accounts.list()) == [NAMESPACE]
    assert client().user.tokens.verify().status == "active"

    reader = client(api_token=READER).secrets_store.stores
    assert reader.get(store, account_id=ACCOUNT).name == "payments"
    with refused(PermissionDeniedError, 10000, "Authentication error"):
        reader.secrets.create(store, account_id=ACCOUNT, body=[new_secret("n")])
    with refused(PermissionDeniedError, 10000, "Authentication error"):
        client(api_token="no-such-token").secrets_store.quota.get(account_id=ACCOUNT)
    for account in [FOREIGN, NOBODY, "no-such-namespace"]:
        with refused(PermissionDeniedError, 10000, "Authentication error"):
            store_api.list(account_id=account)
    with refused(BadRequestError, 7003, route("/accounts/NO_LABEL/secrets_store/stores")):
        store_api.list(account_id="NO_LABEL")
    # With an address beside it the client keeps the token to itself.
    missing = "Missing X-Auth-Key, X-Auth-Email or Authorization headers"
    with refused(BadRequestError, 9106, missing):
        client(api_token=TOKEN, api_email="someone@example.com").accounts.list()
