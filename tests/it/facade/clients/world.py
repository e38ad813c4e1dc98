"""What a run of a client is told, and how it checks the answers."""

import contextlib
import os
import time
from types import SimpleNamespace

import cloudflare
import httpx

BASE_URL = os.environ["FACADE"] + "/client/v4"
ACCOUNT = os.environ["ACCOUNT"]
NAMESPACE = os.environ["NAMESPACE"]
FOREIGN = os.environ["FOREIGN"]  # an account in which the caller may do nothing
TOKEN = os.environ["TOKEN"]
READER = os.environ["READER"]  # a token of one who may only look
VALUES = SimpleNamespace(first=os.environ["FIRST_VALUE"], last=os.environ["LAST_VALUE"])
NOBODY = "0" * 32

requests = []


def client(**settings):
    """A client as a user makes it. What it sends is kept in `requests`."""
    http = cloudflare.DefaultHttpxClient(event_hooks={"request": [requests.append]})
    settings = settings or {"api_token": TOKEN}
    return cloudflare.Cloudflare(base_url=BASE_URL, http_client=http, **settings)


@contextlib.contextmanager
def refused(error, code, message, sent=1):
    """The call inside is refused with this error of the client, and sent so often."""
    before = len(requests)
    try:
        yield
    except cloudflare.APIStatusError as refusal:
        assert type(refusal) is error, repr(refusal)
        first = refusal.body["errors"][0]
        assert (first["code"], first["message"]) == (code, message), refusal.body
        assert refusal.body["success"] is False and refusal.body["result"] is None
    else:
        raise AssertionError(f"not refused with {message}")
    assert len(requests) - before == sent, [str(request.url) for request in requests[before:]]


def route(path):
    """What is said where there is no such path."""
    return f"Could not route to /client/v4{path}, perhaps your object identifier is invalid?"


def eventually(what, look):
    """Looks until it is true, for half a minute."""
    end = time.monotonic() + 30
    while not (found := look()):
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.05)
    return found


def names(items):
    """The names, in the order in which they come."""
    return [item.name for item in items]


def new_secret(name, value="v", scopes=("workers",), **more):
    """A secret as `secrets.create` takes it."""
    return {"name": name, "value": value, "scopes": list(scopes), **more}
