"""What the functions behind `alphanest user` promise when others are at work too, and whatever they are given."""

import gc
import statistics
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.hashing import Hashing
from alphanest_db.accounts.lookup import find_user
from alphanest_db.accounts.users.importing.file_check import check_import
from alphanest_db.accounts.users.importing.model import ImportFiles, ImportRefused
from alphanest_db.accounts.users.importing.run import import_file, import_users
from alphanest_db.accounts.users.login import check_password
from alphanest_db.accounts.users.model import NewUser, RegisteredUser
from alphanest_db.accounts.users.register import register_user
from alphanest_db.accounts.users.uniqueness import NameTaken
from alphanest_db.database.connect import session, transaction
from alphanest_db.database.target import Target
from alphanest_db.errors import InvalidInput
from alphanest_db.settings import Settings, load_settings
from tests.servers import fetch
from tests.user_scenes import PASSWORD, counts, put_anna


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"ALPHANEST_BCRYPT_COST": "4", "ALPHANEST_HOME": str(tmp_path)}, tmp_path)


def register(target: Target, settings: Settings, user: NewUser) -> RegisteredUser:
    with transaction(target) as connection:
        return register_user(connection, user, settings)


@pytest.mark.parametrize("scene", ["database", "deployed_database"])
def test_of_many_who_take_a_name_at_once_one_wins(
    scene: str, settings: Settings, request: pytest.FixtureRequest
) -> None:
    target = request.getfixturevalue(scene)
    before = counts(target)["users"]
    start = threading.Barrier(8)
    outcomes: list[str] = []

    def take(number: int) -> None:
        username = "".join(c.upper() if number >> place & 1 else c for place, c in enumerate("anna"))
        start.wait()
        try:
            register(target, settings, NewUser(username, f"{number}@example.com", PASSWORD))
            outcomes.append("won")
        except NameTaken as error:
            outcomes.append(error.details[0].partition(":")[0])

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["username"] * 7 + ["won"]
    assert counts(target)["users"] == before + 1


def test_name_that_the_platform_takes_in_between_is_a_conflict(database: Target, settings: Settings) -> None:
    outcome: list[Exception] = []
    insert = "INSERT INTO users (id, email, username, hashed_password) VALUES ('p', 'p@example.com', 'anna', '!')"

    def ours() -> None:
        try:
            register(database, settings, NewUser("anna", "a@example.com", PASSWORD))
        except NameTaken as error:
            outcome.append(error)

    with transaction(database) as platform:
        platform.cursor().execute(insert)
        thread = threading.Thread(target=ours)
        thread.start()
        _wait_for_lock(database)
    thread.join()
    [error] = outcome
    assert isinstance(error, NameTaken)
    assert error.details[0].startswith("username: another user has it")
    assert fetch(database, "SELECT id FROM users") == [("p",)]


def test_name_taken_while_an_import_was_checked_stops_it_whole(
    database: Target, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "users.csv"
    file.write_text(f"username,email,password\nanna,a@example.com,{PASSWORD}\neve,e@example.com,{PASSWORD}\n")
    with transaction(database) as connection:
        checked = check_import(connection, file, settings)
    register(database, settings, NewUser("ANNA", "other@example.com", PASSWORD))
    with Hashing(cost=settings.bcrypt_cost, scheme=settings.password_scheme) as hashing:
        with pytest.raises(ImportRefused, match="1 problem in 1 row"):
            import_users(database, settings, checked, ImportFiles(), hashing)
        assert counts(database)["users"] == 1
        rejects = tmp_path / "rejects.csv"
        done = import_users(database, settings, checked, ImportFiles(rejects=rejects), hashing)
    assert (done.imported, done.skipped, "anna" in rejects.read_text()) == (1, 1, True)


def test_import_leaves_no_more_garbage_for_more_users(database: Target, settings: Settings, tmp_path: Path) -> None:
    def garbage(users: int) -> int:
        file = tmp_path / f"{users}.csv"
        rows = [f"user{users}-{n},{users}-{n}@example.com,{PASSWORD}\n" for n in range(users)]
        file.write_text("username,email,password\n" + "".join(rows))
        gc.collect()
        assert import_file(database, settings, file, ImportFiles()).imported == users
        assert gc.isenabled(), "it looks for cycles again"
        return gc.collect()

    garbage(1)
    assert garbage(150) - garbage(50) < 100


def test_ids_of_an_import_are_random_ones_that_differ(database: Target, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_text("username,email,password_hash\n" + "".join(f"user{n},{n}@example.com,!\n" for n in range(300)))
    import_file(database, settings, file, ImportFiles())
    query = "SELECT id FROM users UNION ALL SELECT id FROM subscriptions UNION ALL SELECT id FROM market_booths"
    ids = [str(row[0]) for row in fetch(database, query)]
    assert (len(ids), len(set(ids)), {len({id_[place] for id_ in ids}) for place in (0, 1, 17, 35)}) == (900, 900, {16})
    assert {(str(uuid.UUID(id_)) == id_, uuid.UUID(id_).version, uuid.UUID(id_).variant) for id_ in ids} == {
        (True, 4, uuid.RFC_4122)
    }


def test_unicode_is_folded_where_the_server_can(database: Target, settings: Settings) -> None:
    register(database, settings, NewUser("ÄNNA", "ä@bücher.example.com", PASSWORD))
    with session(database) as connection:
        knows = connection.server_version >= 170000
        found = find_user(connection, "änna")
    assert (found is not None) is knows


def test_unknown_user_takes_as_long_as_a_wrong_password(database: Target, settings: Settings) -> None:
    put_anna(database)

    def seconds(user: str) -> float:
        with transaction(database) as connection:
            begun = time.thread_time()
            assert not check_password(connection, user, "wrong password", settings).matches
            return time.thread_time() - begun

    rounds = [(seconds("anna"), seconds("nobody"), seconds("bob")) for _ in range(15)]
    wrong, unknown, unusable = (statistics.median(times) for times in zip(*rounds, strict=True))
    assert 0.6 < unknown / wrong < 1.6
    assert 0.6 < unusable / wrong < 1.6


_SEEDS = (
    "' OR 1=1; --", '"; DROP TABLE users; --', "$$; SELECT pg_sleep(9); $$", "%s %(id)s {} {0}", "\\", "\\.",
    "\\N", "NULL", '"', "a,b\tc",
    "\x1b[31mred", "\x9b1mbold", "\x1b]52;c;aGk=\x07", "\x1b]8;;http://x\x07y", "\x00", "a\0b", "\r\n",
    "\x7f", "\x85", "\u2028",
    "\u202eevil", "\u2066x\u2069", "\u200bzero", "\u200djoin", "\ufeffbom", "\u00adsoft", "\ud800", "\udfff",
    "\U0010ffff", "\ufffe",
    "👩‍👩‍👧‍👦", "👩🏽‍🚀", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "❤️", "e\u0301" * 3, "ﷺ" * 5, "ｆｕｌｌ", "İstanbul",
    "ß" * 36, "ß" * 37, "日本語" * 24, "x" * 72,
    "x" * 73, "x" * 100, "x" * 101, "x" * 255, "x" * 256, "x" * 10_000_000, "👤" * 10, "👤" * 11, " " * 7, " lead", "trail ", "",
    "-rf", "--help", "[/red]", "[link=x]y", "<script>", "../../etc/passwd", "${HOME}", "`id`", "a@b",
    "a@b.c", "@", "a@@b.com",
    "a@example.com\n", "a b@example.com", "ü@bücher.example.com", "a@xn--nxasmq6b.com", "a@[127.0.0.1]",
    "x" * 64 + "@example.com",
    "x" * 65 + "@example.com", "a@" + "x" * 63 + ".com", "a@" + "x" * 64 + ".com", "\u202ea@example.com",
    "a@example.com\x1b[2J",
)  # fmt: skip
HOSTILE = [
    *_SEEDS,
    *(f"anna{seed}" for seed in _SEEDS),
    *(f"{seed}@example.com" for seed in _SEEDS if len(seed) < 1000),
]


@pytest.mark.parametrize("column", ["username", "email", "password", "avatar"])
def test_hostile_input_is_a_clear_error_or_stored_exactly(column: str, database: Target, settings: Settings) -> None:
    assert len(HOSTILE) >= 200
    taken = 0
    with transaction(database) as connection:
        for number, text in enumerate(HOSTILE):
            fields = {
                "username": f"user{number}",
                "email": f"user{number}@example.com",
                "password": PASSWORD,
                "avatar": "👤",
            }
            user = NewUser(**{**fields, column: text})  # type: ignore[arg-type]  # these are texts only
            made = _registered_or_told(connection, user, settings)
            if made is not None:
                taken += 1
                assert _is_stored(connection, made, column, text, settings)
    assert 10 < taken < len(HOSTILE)


def _registered_or_told(connection: Connection, user: NewUser, settings: Settings) -> RegisteredUser | None:
    try:
        return register_user(connection, user, settings)
    except (InvalidInput, NameTaken) as error:
        clear = 0 < len(error.details) < 9 and all(len(line) < 1000 for line in error.details)
        if not clear:
            raise
        return None


def _is_stored(connection: Connection, made: RegisteredUser, column: str, text: str, settings: Settings) -> bool:
    if column == "password":
        return check_password(connection, made.id, text, settings).matches
    with connection.cursor() as cursor:
        cursor.execute("SELECT username, email, avatar FROM users WHERE id = %s", (made.id,))
        row = dict(zip(("username", "email", "avatar"), cursor.fetchone() or (), strict=True))
        return bool(row[column] == text)


def _wait_for_lock(target: Target) -> None:
    _wait_until(lambda: bool(fetch(target, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")))


def _wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
