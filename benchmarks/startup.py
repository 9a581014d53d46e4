"""How long one waits for an answer that needs no work: help, and where the database stands.

Goal: `db current`, `db check --pending` and `db upgrade` at head take at most 0.4 of what `alembic current` takes.
"""

import sys
import tempfile
from pathlib import Path

from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from benchmarks.measuring import BIN, Contender, compare, environment
from tests.servers import installations, running_server

ALPHANEST = str(BIN / "alphanest")


def main() -> None:
    """Print the figures."""
    python = sys.executable
    compare(
        "help",
        [
            Contender("alphanest --help", [ALPHANEST, "--help"]),
            Contender("alphanest --version", [ALPHANEST, "--version"]),
            Contender("python -c 'import typer'", [python, "-c", "import typer"]),
        ],
        environment(),
    )
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        with running_server(installations()[0], Path(folder) / "server") as server:
            upgrade(server, migrations_folder())
            compare(
                "a database at head",
                [
                    Contender("alphanest db current", [ALPHANEST, "db", "current"]),
                    Contender("alphanest db check --pending", [ALPHANEST, "db", "check", "--pending"]),
                    Contender("alphanest db upgrade", [ALPHANEST, "db", "upgrade"]),
                    Contender("alembic current", [str(BIN / "alembic"), "current"]),
                ],
                environment(DATABASE_URL=server.url(show_password=True)),
            )
