"""The local store: an index as a folder on this machine."""

from index.stores.local.store import LocalStore

__all__ = ["LocalStore"]
