"""What the manual says about the statements that let their locks go before they return; used where they were not seen."""

import re

from alphanest_db.schema.observing.modes import LockMode
from alphanest_db.schema.observing.snapshot import SeenLock, Snapshot

_NAME = r'((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)'
# https://www.postgresql.org/docs/current/explicit-locking.html, and the pages of the statements
_DOCUMENTED = (
    (rf"CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b.*?\bON\s+(?:ONLY\s+)?{_NAME}", LockMode.share_update_exclusive),
    (rf"DROP\s+INDEX\s+CONCURRENTLY\s+(?:IF\s+EXISTS\s+)?{_NAME}", LockMode.share_update_exclusive),
    (rf"REINDEX\s+(?:\(.*?\)\s*)?(?:INDEX|TABLE)\s+CONCURRENTLY\s+{_NAME}", LockMode.share_update_exclusive),
    (rf"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_NAME}\s+DETACH\s+PARTITION\b.*\bCONCURRENTLY", LockMode.share_update_exclusive),
    (rf"VACUUM\s+(?:FULL\b|\([^)]*\bFULL\b[^)]*\))\s*(?:\w+\s+)*?{_NAME}\s*;?\s*$", LockMode.access_exclusive),
    (rf"VACUUM\s+(?:\([^)]*\)\s*)?{_NAME}\s*;?\s*$", LockMode.share_update_exclusive),
)  # fmt: skip


def documented_locks(text: str, relations: Snapshot) -> frozenset[SeenLock]:
    """The lock that such a statement takes on the table it names; empty where we do not know the statement or the table.

    >>> from alphanest_db.schema.observing.snapshot import Relation
    >>> users = Relation(7, "public", "users", "table", 1, 0, 0)
    >>> [lock.mode.value for lock in documented_locks("CREATE INDEX CONCURRENTLY ix ON users (a)", {7: users})]
    ['SHARE UPDATE EXCLUSIVE']
    """
    for pattern, mode in _DOCUMENTED:
        if found := re.match(rf"\s*{pattern}", text, re.I | re.S):
            parts = [quoted or plain.lower() for quoted, plain in re.findall(r'"([^"]+)"|(\w+)', found[1])]
            return frozenset(
                SeenLock(relation.index_of or relation.oid, mode)
                for relation in relations.values()
                if relation.name == parts[-1] and parts[:-1] in ([], [relation.schema])
            )
    return frozenset()
