"""The official PostgreSQL images, docker-compose.yml, and the `.env` that both the program and Compose read."""

import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from docker.errors import DockerException  # type: ignore[import-untyped]  # the package has no types of its own
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.docker_client import DockerClient

from alphanest_db import settings
from alphanest_db.database.target import Target, target_from_url
from alphanest_db.settings import DatabaseParts, DatabaseUrl, load_settings
from tests.conftest import ROOT, Cli, clean_environment
from tests.servers import fetch

EXAMPLE = ROOT / ".env.example"
COMPOSE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="session")
def engine() -> None:
    """A Docker engine, or the test is skipped."""
    try:
        DockerClient().client.ping()
    except (DockerException, OSError) as error:
        pytest.skip(f"no Docker engine answers: {error}")


@pytest.fixture(scope="module", params=["postgres:18-alpine", "postgres:15-alpine"])
def official_server(engine: None, request: pytest.FixtureRequest) -> Iterator[Target]:
    """A server of an official image, as its administrator, over TCP."""
    with PostgresContainer(request.param) as container:
        yield target_from_url(DatabaseUrl(container.get_connection_url(), "testcontainers"))


def by_url(target: Target) -> dict[str, str]:
    return {"DATABASE_URL": target.url(show_password=True)}


def by_variables(target: Target) -> dict[str, str]:
    place = {"DB_HOST": target.host, "DB_PORT": str(target.port), "DB_USER": target.user, "DB_NAME": target.database}
    return place | {"DB_PASSWORD": target.password or ""}


@pytest.mark.docker
@pytest.mark.parametrize("named", [by_url, by_variables])
def test_official_image_is_brought_up_by_init(
    named: Callable[[Target], dict[str, str]], official_server: Target, cli: Cli
) -> None:
    target = official_server.with_database(f"demo_{secrets.token_hex(6)}")
    environ = named(target)

    initialised = cli("init", "--demo", **environ)
    checked = cli("db", "check", **environ)

    assert (initialised.code, checked.code) == (0, 0), initialised.err + checked.err
    assert fetch(target, "SELECT username FROM users ORDER BY 1") == [("CYWF",), ("CyberNinja",), ("NeonTrader",)]


@pytest.mark.docker
@pytest.mark.parametrize("env_file", [[], ["--env-file", str(EXAMPLE)]], ids=["no .env", ".env.example"])
def test_compose_file_is_valid(env_file: list[str], engine: None) -> None:
    result = compose(*env_file, "config", "--quiet")

    assert result.returncode == 0, result.stderr


def compose(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """What `docker compose` says; the test is skipped where it is not installed."""
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("docker compose is not installed")
    command = ["docker", "compose", "--file", str(COMPOSE), *arguments]
    return subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)


def test_example_env_names_every_variable_that_is_read() -> None:
    read = re.findall(r'"((?:ALPHANEST|DB|DATABASE)_[A-Z_]*[A-Z]|CI)"', Path(settings.__file__).read_text())

    assert {line.split("=")[0] for line in values_of_example()} == set(read)


def test_example_env_shows_the_defaults(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("\n".join(line for line in values_of_example() if not line.startswith("ALPHANEST_HOME=")))

    shown = load_settings({}, tmp_path, env_file=env_file)

    assert replace(shown, database=None) == replace(load_settings({}, tmp_path), database=None)


def test_example_env_names_the_database_that_compose_makes_by_default() -> None:
    made = dict(re.findall(r"\$\{(\w+):-(\w+)\}", COMPOSE.read_text()))

    chosen = load_settings({}, ROOT, env_file=EXAMPLE).database

    assert chosen == DatabaseParts(
        "localhost", int(made["DB_PORT"]), made["DB_USER"], made["DB_PASSWORD"], made["DB_NAME"],
        source="DB_* variables of .env",
    )  # fmt: skip


def values_of_example() -> list[str]:
    """The `NAME=value` lines of .env.example, commented out or not."""
    return re.findall(r"^#?([A-Z_]+=.*)$", EXAMPLE.read_text(), flags=re.MULTILINE)
