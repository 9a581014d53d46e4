"""The set of 30 revisions is run as the project's own migrations are."""

import os
from pathlib import Path

from alembic import context

from alphanest_db.workflows.plain_alembic import run_environment

run_environment(context, os.environ, Path.cwd())  # type: ignore[arg-type]  # Alembic's module stands in for the object
