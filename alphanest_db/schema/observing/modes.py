"""PostgreSQL's lock modes on tables, the weakest first, and whom each keeps waiting."""

from enum import StrEnum


class LockMode(StrEnum):
    """As the manual writes them; the order is that of their strength."""

    access_share = "ACCESS SHARE"
    row_share = "ROW SHARE"
    row_exclusive = "ROW EXCLUSIVE"
    share_update_exclusive = "SHARE UPDATE EXCLUSIVE"
    share = "SHARE"
    share_row_exclusive = "SHARE ROW EXCLUSIVE"
    exclusive = "EXCLUSIVE"
    access_exclusive = "ACCESS EXCLUSIVE"

    @property
    def strength(self) -> int:
        """A number to compare modes by."""
        return list(LockMode).index(self)

    @property
    def blocks_writes(self) -> bool:
        """True where INSERT, UPDATE and DELETE of others have to wait."""
        return self.strength >= LockMode.share.strength

    @property
    def blocks_reads(self) -> bool:
        """True where even SELECT of others has to wait."""
        return self is LockMode.access_exclusive


_BY_SERVER_NAME = {f"{mode.title().replace(' ', '')}Lock": mode for mode in LockMode}


def mode_of(server_name: str) -> LockMode:
    """The mode that pg_locks calls by this name.

    >>> mode_of("ShareUpdateExclusiveLock")
    <LockMode.share_update_exclusive: 'SHARE UPDATE EXCLUSIVE'>
    """
    return _BY_SERVER_NAME[server_name]
