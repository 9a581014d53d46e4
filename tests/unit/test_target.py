"""Which database a URL names, and what happens to a password that is not escaped."""

import string

import pytest

from alphanest_db.database.target import Target, target_from_parts, target_from_url
from alphanest_db.errors import InvalidInput
from alphanest_db.settings import DatabaseParts, DatabaseUrl


def target(url: str) -> Target:
    return target_from_url(DatabaseUrl(url, "DATABASE_URL"))


@pytest.mark.parametrize(
    "scheme",
    ["postgres", "postgresql", "POSTGRESQL", "postgresql+psycopg2", "postgresql+psycopg", "postgresql+asyncpg"],
)
def test_all_spellings_of_the_scheme_are_understood(scheme: str) -> None:
    expected = Target("db", 6000, "anna", "nest", "secret", source="DATABASE_URL")
    assert target(f"{scheme}://anna:secret@db:6000/nest") == expected


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "database"),
    [
        ("postgresql://db", "db", 5432, "alphanest", "alphanest"),
        ("postgresql://anna@db", "db", 5432, "anna", "anna"),
        ("postgresql:///nest?host=/run/pg&user=anna", "/run/pg", 5432, "anna", "nest"),
        ("postgresql://anna@%2Frun%2Fpg:6000/nest", "/run/pg", 6000, "anna", "nest"),
        ("postgresql:///nest?host=@abstract", "@abstract", 5432, "alphanest", "nest"),
        ("postgresql://anna@[::1]:6000/nest", "::1", 6000, "anna", "nest"),
        ("postgresql://anna@[fe80::1%25eth0]/nest", "fe80::1%eth0", 5432, "anna", "nest"),
        ("postgresql://My%20User@db/My%20DB%3B%25%C3%A9", "db", 5432, "My User", "My DB;%é"),
        ("  postgresql://anna@db/nest\n", "db", 5432, "anna", "nest"),
    ],
)
def test_places_are_understood(url: str, host: str, port: int, user: str, database: str) -> None:
    found = target(url)
    assert (found.host, found.port, found.user, found.database) == (host, port, user, database)


def test_further_parameters_are_kept() -> None:
    found = target("postgresql://anna@db/nest?sslmode=verify-full&sslrootcert=/ca.pem&options=-c%20work_mem%3D1MB")
    assert found.options == {"sslmode": "verify-full", "sslrootcert": "/ca.pem", "options": "-c work_mem=1MB"}


@pytest.mark.parametrize(
    "made",
    [
        Target("db", 5432, "anna", "nest", string.printable.strip() + "äß👤"),
        Target("db", 5432, "a@b:c/d", 'My "DB"; DROP é%', "x"),
        Target("db", 5432, "anna", "nest"),
        Target("::1", 6000, "anna", "nest", "x", options={"sslmode": "require", "application_name": "a b&c"}),
        Target("/run/pg", 5432, "anna", "nest", "x"),
        Target("/run/with space/%", 6000, "anna", "nest"),
    ],
    ids=["every character", "names", "no password", "IPv6", "socket", "socket with a port"],
)
def test_target_survives_its_url(made: Target) -> None:
    url = made.url(show_password=True)
    assert target(url) == Target(**{**vars(made), "source": "DATABASE_URL"})


def test_secrets_of_a_target_are_shown_only_on_demand() -> None:
    made = target("postgresql://anna:hunter2@db/nest?sslpassword=hunter3&sslmode=require")
    shown = made.url() + repr(made) + str(made)
    assert "hunter" not in shown
    assert made.url() == "postgresql://anna:***@db:5432/nest?sslmode=require&sslpassword=***"


@pytest.mark.parametrize(
    "password",
    [
        "hal/tung", "12/34", "hal@tung", "12@34", "hal@tu/ng", "hal/tu@ng", "hal#tu/ng", "hal?tu/ng", "hal?t=u@ng",
        "h@lt?u=n@g", "%zz", "hal%", "hal%00tung", "hal tung/x", "hal:tu/ng", "1/2?a=b", "5432/x@y",
    ],
)  # fmt: skip
def test_unescaped_password_is_refused_without_a_part_of_it(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        target(f"postgresql://anna:{password}@host.example/nest")
    said = f"{refused.value.message} {refused.value!r} {refused.value.__cause__}"
    parts = [
        part for part in password.replace("%", "@").replace("/", "@").replace("?", "@").split("@") if len(part) > 1
    ]
    assert not [part for part in parts if part in said]
    assert refused.value.hint is not None
    assert "%40" in refused.value.hint


@pytest.mark.parametrize("password", ["hal#tung", "hal?tung", "hal:tung", "hal tung", "hal;tung", "hal[tung"])
def test_password_that_libpq_reads_as_it_is_meant_is_taken(password: str) -> None:
    assert target(f"postgresql://anna:{password}@db/nest").password == password


@pytest.mark.parametrize("scheme", ["sqlite", "mysql", "mysql+pymysql", "http", "sqlite+pysqlite"])
def test_other_scheme_is_refused_by_its_name(scheme: str) -> None:
    with pytest.raises(InvalidInput, match=f"names '{scheme}', and".replace("+", r"\+")):
        target(f"{scheme}://anna:secret@db/nest")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "DATABASE_URL is not a URL"),
        ("nest", "DATABASE_URL is not a URL"),
        ("host=db password=secret", "DATABASE_URL is not a URL"),
        ("postgresql:/anna:secret@db/nest", "DATABASE_URL is not a URL"),
        ("postgresql://db:0/nest", "the port in DATABASE_URL is not a number from 1 to 65535"),
        ("postgresql://db:65536/nest", "the port in DATABASE_URL is not a number from 1 to 65535"),
        ("postgresql://db:http/nest", "the port in DATABASE_URL is not a number from 1 to 65535"),
        ("postgresql://db1,db2/nest", "DATABASE_URL names several hosts"),
        ("postgresql://db1:1,db2:2/nest", "DATABASE_URL names several hosts"),
        ("postgresql://db/nest?sslmod=x", "DATABASE_URL is not a PostgreSQL URL: it has an unknown parameter 'sslmod'"),
        ("postgresql://db/nest?sslmode", "DATABASE_URL is not a PostgreSQL URL: libpq cannot read it"),
        ("postgresql://[::1/nest", "DATABASE_URL is not a PostgreSQL URL: libpq cannot read it"),
    ],
)
def test_impossible_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        target(url)
    assert refused.value.message == message


def test_several_hosts_in_the_parts_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"^DB_\* variables names several hosts$"):
        target_from_parts(DatabaseParts("db1,db2", 5432, "anna", None, "nest", "DB_* variables"))
