"""The connections of every pool of ours: nothing that is set outlasts its transaction, so nothing is reset between two uses."""

import asyncpg


class LocalConnection(asyncpg.Connection):  # type: ignore[misc] # asyncpg ships no types
    """A connection that is handed on as it is; only a transaction that was left open is still rolled back.

    Why that leaks nothing: our statements set by `set_config(..., true)` and `SET LOCAL` alone, lock by transaction
    (`pg_advisory_xact_lock`), listen to nothing and make no temporary table, which `tests/database/test_session_state.py`
    holds them to; and each tenant transaction names its own company before anything else, whatever was named before.
    """

    def get_reset_query(self) -> str:
        """Return no statement, where asyncpg would send four of them in a round trip of their own."""
        return ""
