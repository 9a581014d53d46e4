"""Users with keys, stored in every form, and the question whether a key opens anything."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from alphanest_db.accounts import authenticate
from alphanest_db.accounts.key_form import hashed_form
from alphanest_db.database.connect import session
from alphanest_db.database.engine import pooled_engine
from alphanest_db.database.target import Target
from tests.servers import fetch

PLAIN = "ak_PlainPlainPlainPlainPlainPlain12"
HASHED = "ak_HashHashHashHashHashHashHashHa12"
INACTIVE = "ak_SleepSleepSleepSleepSleepSleep12"
UNKNOWN = "ak_NobodyNobodyNobodyNobodyNobody12"


@dataclass(frozen=True)
class Holder:
    """A user of a scene; `stored` is what the column holds."""

    id: str
    username: str
    stored: str | None
    is_active: bool | None = True


MIXED = (
    Holder("u1", "Plain", PLAIN),
    Holder("u2", "Hashed", hashed_form(HASHED)),
    Holder("u3", "Sleeper", hashed_form(INACTIVE), False),
    Holder("u4", "Undecided", "ak_Maybe" + "x" * 27, None),
    Holder("u5", "Legacy", "letmein-1999"),
    Holder("u6", "Keyless", None),
)


def put_in(target: Target, holders: Iterable[Holder] = MIXED) -> Target:
    """The users, in the database."""
    with session(target) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO users (id, email, username, hashed_password, api_key, is_active) VALUES (%s, %s, %s, '!', %s, %s)",
            [(item.id, f"{item.username}@example.com", item.username, item.stored, item.is_active) for item in holders],
        )
    return target


def put_in_many(target: Target, count: int, *, storage: str = "plain") -> Target:
    """Users u0000001 and so on with keys made from their numbers."""
    stored = {
        "plain": "'ak_' || md5(n::text)",
        "hashed": "'ak_' || left(md5(n::text), 4) || '.' || encode(sha256(convert_to('ak_' || md5(n::text), 'UTF8')), 'hex')",
    }[storage]
    with session(target) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO users (id, email, username, hashed_password, api_key, is_active)"
            " SELECT 'u' || lpad(n::text, 7, '0'), n || '@example.com', 'user ' || n, '!', " + stored + ", n %% 4 <> 0"
            " FROM generate_series(1, %s) AS n",
            (count,),
        )
    return target


def stored_key(target: Target, user_id: str) -> object:
    """What the column holds."""
    return fetch(target, f"SELECT api_key FROM users WHERE id = '{user_id}'")[0][0]


def opens(target: Target, *keys: str) -> list[str | None]:
    """Whose door each key opens at a gateway."""
    engine = pooled_engine(target)
    try:
        with Session(engine) as gateway:
            return [user.id if user else None for user in (authenticate(gateway, key) for key in keys)]
    finally:
        engine.dispose()
