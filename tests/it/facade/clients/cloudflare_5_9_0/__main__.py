"""PyPI `cloudflare` 5.9.0: every method of the Secrets Store."""

import callers
import changed
import made
import stores

store = stores.store_is_made()
stores.stores_are_listed(store)
secret = made.secrets_are_made(store.id)
made.secrets_are_refused(store.id)
made.secrets_are_listed(store.id)
changed.secret_is_duplicated(store.id, secret)
changed.secret_is_edited(store.id, secret)
changed.secrets_are_deleted(store.id)
stores.store_with_secrets_is_deleted_by_force(store.id)
callers.callers_are_told_apart(store.id)
