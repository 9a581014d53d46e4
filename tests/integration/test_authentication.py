"""What a gateway gets from `alphanest_db.accounts`."""

import asyncio
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from alphanest_db.accounts import authenticate, verify_password
from alphanest_db.accounts.key_form import hashed_form
from alphanest_db.accounts.passwords import hash_password
from alphanest_db.database.engine import pooled_engine
from alphanest_db.database.target import Target
from tests.conftest import ROOT
from tests.key_scenes import HASHED, INACTIVE, MIXED, PLAIN, UNKNOWN, Holder, opens, put_in
from tests.servers import execute


def test_keys_open_their_own_door_whichever_way_they_are_stored(database: Target) -> None:
    put_in(database)
    assert opens(database, PLAIN, HASHED, UNKNOWN) == ["u1", "u2", None]


def test_stored_form_other_forms_and_inactive_users_open_nothing(database: Target) -> None:
    put_in(database)
    stored = [holder.stored or "" for holder in MIXED[1:]]
    close = [PLAIN.swapcase(), PLAIN + "\n", f" {PLAIN}", PLAIN + "x", PLAIN[:-1], "", "\0", "\udcff", "ak_" + "é" * 32]
    assert opens(database, INACTIVE, *stored, *close) == [None] * (1 + len(stored) + len(close))


def test_key_that_two_hold_is_nobodys(database: Target) -> None:
    put_in(database, [Holder("u1", "one", PLAIN), Holder("u2", "two", hashed_form(PLAIN))])
    assert opens(database, PLAIN) == [None]


def test_one_statement_by_index(database: Target) -> None:
    put_in(database)
    engine = pooled_engine(database)
    asked: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda *seen: asked.append(seen[1].mogrify(seen[2], seen[3]).decode())
    )
    with Session(engine) as gateway:
        assert authenticate(gateway, HASHED) is not None
        questions = [text for text in asked if "users" in text]
        gateway.connection().exec_driver_sql("SET enable_seqscan = off")
        plan = gateway.connection().exec_driver_sql("EXPLAIN " + questions[0]).scalars().all()
    engine.dispose()
    assert len(questions) == 1
    assert any("Index Scan" in line and "ix_users_api_key" in line for line in plan), plan


def test_user_that_the_session_knows_is_compared_with_what_is_stored_now(database: Target) -> None:
    put_in(database)
    engine = pooled_engine(database)
    with Session(engine) as gateway:
        assert authenticate(gateway, PLAIN) is not None
        execute(database, f"UPDATE users SET api_key = '{hashed_form(UNKNOWN)}' WHERE id = 'u1'")
        found = [authenticate(gateway, key) for key in (PLAIN, UNKNOWN)]
    engine.dispose()
    assert [user and user.id for user in found] == [None, "u1"]


def test_password_is_verified_under_the_same_name() -> None:
    stored = hash_password("hunter2-hunter2", cost=4)
    assert (verify_password("hunter2-hunter2", stored), verify_password("other", stored)) == (True, False)


@pytest.mark.parametrize("module", ["alphanest_db.accounts", "alphanest_db.accounts.key_form"])
def test_package_itself_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([m for m in ('sqlalchemy', 'psycopg2', 'bcrypt') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_example_of_the_readme_lets_in_whom_it_should(database: Target) -> None:
    put_in(database)
    url = database.url(show_password=True).replace("postgresql://", "postgresql+psycopg2://")
    example = re.search(r"```python\n(.*?create_engine.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert example is not None
    code = re.sub(r'create_engine\("[^"]+"', f'create_engine("{url}"', example[1])
    names: dict[str, Any] = {}  # Any: whatever the example defines
    exec(code, names)
    keys = [PLAIN, HASHED, INACTIVE, UNKNOWN, hashed_form(HASHED), "", "\u00e9"]
    answers = [asyncio.run(_get(names["app"], [(b"x-api-key", key.encode())])) for key in keys]
    nothing = asyncio.run(_get(names["app"], []))
    names["engine"].dispose()
    assert answers[:2] == [(200, {"username": "Plain"}), (200, {"username": "Hashed"})]
    assert [status for status, _body in [*answers[2:], nothing]] == [401] * 6


async def _get(app: Any, headers: list[tuple[bytes, bytes]]) -> tuple[int, Any]:  # Any: an ASGI application, and JSON
    """What the application answers to `GET /me`: the status and the body."""
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/me",
        "raw_path": b"/me", "query_string": b"", "headers": headers, "server": ("gateway", 80), "client": ("test", 1),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], json.loads(b"".join(message.get("body", b"") for message in sent[1:]))


def test_other_names_are_not_offered() -> None:
    import alphanest_db.accounts as library

    with pytest.raises(AttributeError, match="has no attribute 'authorise'"):
        _ = library.authorise
