"""The target's schema as SQL, by a pg_dump that knows its server."""

import re
import subprocess
from collections.abc import Mapping

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.target import Target
from alphanest_db.errors import ProgramFailed
from alphanest_db.programs.environment import client_environment
from alphanest_db.programs.find import find_client, major_version

TIMEOUT_SECONDS = 300
_OPTIONS = (
    "--schema-only", "--no-owner", "--no-privileges", "--no-tablespaces", "--no-publications", "--no-subscriptions",
    "--no-security-labels", "--encoding=UTF8", "--lock-wait-timeout=5s", "--no-password",
)  # fmt: skip
# Meant for psql, which we do without; and a setting that a server before 17 does not know.
_FOR_PSQL = re.compile(r"^\\(?:un)?restrict \w+$", re.M)
_NEWER_SETTING = re.compile(r"^SET transaction_timeout = 0;$", re.M)
TRANSACTION_TIMEOUT_SINCE = 170000


def dump_schema(target: Target, server_version: int, environ: Mapping[str, str]) -> str:
    """The statements that make the target's schema, without owners and rights; takes ACCESS SHARE on its tables for a moment.

    Raises ProgramNotFound where there is no pg_dump that is new enough, and ProgramFailed.
    """
    command = [str(find_client("pg_dump", major_version(server_version)).path), *_OPTIONS]
    done = subprocess.run(
        command, env=client_environment(target, environ), stdin=subprocess.DEVNULL, capture_output=True,
        timeout=TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ProgramFailed(f"pg_dump failed: {said[0] if said else 'it gave no reason'}", done.returncode)
    return done.stdout.decode("utf-8")


def restore_schema(connection: Connection, dump: str) -> None:
    """Run the dump's statements on an empty database, all or none; psql, and with it any command for the shell, has no part.

    The connection must be in autocommit mode. Raises psycopg2's errors.
    """
    text = _FOR_PSQL.sub("", dump)
    if connection.server_version < TRANSACTION_TIMEOUT_SINCE:
        text = _NEWER_SETTING.sub("", text, count=1)
    with connection.cursor() as cursor:
        cursor.execute(text)
