"""Signing: Ed25519 keys, DSSE envelopes, passkeys. Knows nothing of registers and people."""
