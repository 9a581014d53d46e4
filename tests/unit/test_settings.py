"""Which settings hold: the order of their sources, and what cannot be meant."""

from pathlib import Path

import pytest

from alphanest_db.errors import InvalidInput, NoDatabaseConfigured
from alphanest_db.settings import (
    DatabaseChoice,
    DatabaseParts,
    DatabaseUrl,
    EmbeddedDatabase,
    Environment,
    KeyStorage,
    PasswordScheme,
    PoolSettings,
    Settings,
    load_settings,
)

OPTION = "postgresql://option/db"
VARIABLE = {"DATABASE_URL": "postgresql://variable/db"}
PARTS = {"DB_HOST": "parts", "DB_PORT": "6000", "DB_USER": "anna", "DB_PASSWORD": "s/t", "DB_NAME": "nest"}
FILE_URL = "DATABASE_URL=postgresql://file/db\n"
FILE_PARTS = "DB_HOST=filehost\nDB_PASSWORD=filepass\n"


def database_of(
    folder: Path, environ: dict[str, str], *, env: str = "", url: str | None = None
) -> DatabaseChoice | None:
    if env:
        (folder / ".env").write_text(env)
    return load_settings(environ, folder, database_url=url).database


def parts(**changed: object) -> DatabaseParts:
    values = {
        "host": "parts",
        "port": 6000,
        "user": "anna",
        "password": "s/t",
        "name": "nest",
        "source": "DB_* variables",
    }
    return DatabaseParts(**(values | changed))  # type: ignore[arg-type]  # a dictionary of values of several types


def test_option_wins_over_everything(tmp_path: Path) -> None:
    found = database_of(tmp_path, VARIABLE | PARTS, env=FILE_URL, url=OPTION)
    assert found == DatabaseUrl(OPTION, "--database-url")


def test_database_url_wins_over_parts_and_file(tmp_path: Path) -> None:
    found = database_of(tmp_path, VARIABLE | PARTS, env=FILE_URL + FILE_PARTS)
    assert found == DatabaseUrl("postgresql://variable/db", "DATABASE_URL")


def test_parts_win_over_a_url_of_the_file(tmp_path: Path) -> None:
    assert database_of(tmp_path, PARTS, env=FILE_URL) == parts()


def test_url_of_the_file_wins_over_its_parts(tmp_path: Path) -> None:
    found = database_of(tmp_path, {}, env=FILE_PARTS + FILE_URL)
    assert found == DatabaseUrl("postgresql://file/db", "DATABASE_URL of .env")


def test_parts_of_the_file_come_before_the_embedded_server(tmp_path: Path) -> None:
    expected = DatabaseParts("filehost", 5432, "alphanest", "filepass", "alphanest", "DB_* variables of .env")
    assert database_of(tmp_path, {}, env=FILE_PARTS) == expected


def test_nothing_set_means_the_embedded_server(tmp_path: Path) -> None:
    assert database_of(tmp_path, {}) == EmbeddedDatabase()


def test_real_variable_wins_over_the_same_one_of_the_file(tmp_path: Path) -> None:
    found = database_of(tmp_path, {"DB_PASSWORD": "real"}, env=FILE_PARTS)
    assert isinstance(found, DatabaseParts)
    assert (found.host, found.password) == ("filehost", "real")


def test_password_alone_names_no_database(tmp_path: Path) -> None:
    assert database_of(tmp_path, {"DB_PASSWORD": "s3cret"}) == EmbeddedDatabase()


@pytest.mark.parametrize("environ", [{"DATABASE_URL": ""}, {"DB_HOST": "", "DB_NAME": ""}, {"ALPHANEST_EMBEDDED": ""}])
def test_empty_variable_is_not_set(environ: dict[str, str], tmp_path: Path) -> None:
    assert database_of(tmp_path, environ) == EmbeddedDatabase()


def test_empty_real_variable_does_not_hide_the_files(tmp_path: Path) -> None:
    found = database_of(tmp_path, {"DB_HOST": ""}, env=FILE_PARTS)
    assert isinstance(found, DatabaseParts)
    assert found.host == "filehost"


def test_nearest_file_upwards_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://far/db\n")
    near = tmp_path / "a"
    (near / "b").mkdir(parents=True)
    (near / ".env").write_text("DATABASE_URL=postgresql://near/db\n")
    found = load_settings({}, near / "b").database
    assert found == DatabaseUrl("postgresql://near/db", "DATABASE_URL of .env")


def test_named_file_is_read_instead_of_the_nearest(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(FILE_URL)
    other = tmp_path / "other.env"
    other.write_text("DATABASE_URL=postgresql://other/db\n")
    found = load_settings({}, tmp_path, env_file=other).database
    assert found == DatabaseUrl("postgresql://other/db", "DATABASE_URL of .env")


def test_folder_called_env_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert database_of(tmp_path, {}) == EmbeddedDatabase()


def test_missing_named_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^there is no file .*nowhere$"):
        load_settings({}, tmp_path, env_file=tmp_path / "nowhere")


def test_file_that_is_no_text_is_refused_without_showing_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"DB_PASSWORD=\xff\xfe\n")
    with pytest.raises(InvalidInput, match=r"^cannot read .*\.env: it is not UTF-8 text$"):
        load_settings({}, tmp_path)


def test_password_of_the_file_keeps_its_special_characters(tmp_path: Path) -> None:
    found = database_of(tmp_path, {}, env="DB_HOST=h\nDB_PASSWORD='p@s#s $x % \"q\"'\n")
    assert isinstance(found, DatabaseParts)
    assert found.password == 'p@s#s $x % "q"'


@pytest.mark.parametrize(
    "environ", [{"CI": "true"}, {"CI": "woodpecker"}, {"ALPHANEST_ENV": "staging"}, {"ALPHANEST_ENV": "production"}]
)
def test_careful_places_take_no_embedded_server_by_themselves(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(NoDatabaseConfigured) as refused:
        load_settings(environ, tmp_path).require_database()
    assert refused.value.hint is not None
    assert all(name in refused.value.hint for name in ("DATABASE_URL", "DB_HOST", "ALPHANEST_EMBEDDED=1"))


@pytest.mark.parametrize("environ", [{"CI": "true"}, {"ALPHANEST_ENV": "production"}])
def test_embedded_server_can_be_asked_for_on_purpose(environ: dict[str, str], tmp_path: Path) -> None:
    assert database_of(tmp_path, environ | {"ALPHANEST_EMBEDDED": "1"}) == EmbeddedDatabase()


@pytest.mark.parametrize("environ", [{"CI": "false"}, {"CI": "0"}, {"CI": ""}])
def test_ci_that_says_no_is_no_ci(environ: dict[str, str], tmp_path: Path) -> None:
    assert database_of(tmp_path, environ) == EmbeddedDatabase()


def test_embedded_server_can_be_forbidden(tmp_path: Path) -> None:
    assert database_of(tmp_path, {"ALPHANEST_EMBEDDED": "0"}) is None


def test_defaults(tmp_path: Path) -> None:
    assert load_settings({"ALPHANEST_HOME": "/h"}, tmp_path) == Settings(
        environment=Environment.development,
        home=Path("/h"),
        database=EmbeddedDatabase(),
        migrations=None,
        connect_timeout_seconds=10,
        pool=PoolSettings(size=5, max_overflow=10, pre_ping=True),
        api_key_storage=KeyStorage.auto,
        password_scheme=PasswordScheme.bcrypt,
        bcrypt_cost=12,
        password_min_length=6,
        unattended=False,
    )


def test_every_setting_can_be_set_in_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "ALPHANEST_ENV=Staging\nALPHANEST_HOME=/h\nALPHANEST_MIGRATIONS=/m\nALPHANEST_CONNECT_TIMEOUT=3\nDB_POOL_SIZE=1\n"
        "DB_MAX_OVERFLOW=0\nDB_POOL_PRE_PING=no\nALPHANEST_API_KEY_STORAGE=plain\n"
        "ALPHANEST_PASSWORD_SCHEME=bcrypt-sha256\nALPHANEST_BCRYPT_COST=4\nALPHANEST_PASSWORD_MIN_LENGTH=9\n"
    )
    assert load_settings({}, tmp_path) == Settings(
        Environment.staging, Path("/h"), None, Path("/m"), 3, PoolSettings(1, 0, pre_ping=False), KeyStorage.plain,
        PasswordScheme.bcrypt_sha256, 4, 9, unattended=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALPHANEST_ENV", "prod"),
        ("ALPHANEST_CONNECT_TIMEOUT", "0"),
        ("ALPHANEST_CONNECT_TIMEOUT", "1.5"),
        ("ALPHANEST_CONNECT_TIMEOUT", "9" * 5000),
        ("DB_PORT", "65536"),
        ("DB_PORT", "-1"),
        ("DB_PORT", "٥٤٣٢"),
        ("DB_POOL_SIZE", "many"),
        ("DB_MAX_OVERFLOW", "-1"),
        ("DB_POOL_PRE_PING", "perhaps"),
        ("ALPHANEST_EMBEDDED", "2"),
        ("ALPHANEST_API_KEY_STORAGE", "md5"),
        ("ALPHANEST_PASSWORD_SCHEME", "rot13"),
        ("ALPHANEST_BCRYPT_COST", "3"),
        ("ALPHANEST_HOME", "~nobody-by-that-name/x"),
    ],
)
def test_impossible_value_is_refused_by_name_with_a_hint(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_settings({name: value}, tmp_path)
    assert refused.value.message.startswith(f"{name} cannot be ")
    assert refused.value.hint


def test_passwords_stay_out_of_the_text_of_settings(tmp_path: Path) -> None:
    hidden = "hunter2"
    shown = repr(load_settings(PARTS | {"DB_PASSWORD": hidden}, tmp_path)) + repr(
        load_settings({"DATABASE_URL": f"postgresql://u:{hidden}@h/d"}, tmp_path)
    )
    assert hidden not in shown


def test_stricter_environment_wins_from_both_sides() -> None:
    assert Environment.production.stricter(Environment.test) is Environment.production
    assert Environment.test.stricter(Environment.staging) is Environment.staging
    assert Environment.test.stricter(None) is Environment.test
