//! Keyring, envelopes and key wrapping. Knows nothing of Kubernetes or HTTP.
