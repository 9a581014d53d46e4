"""Alembic asks this file how to reach the database; `alphanest db` and plain `alembic` both come through here."""

import os
from logging.config import fileConfig
from pathlib import Path

from alembic import context

from alphanest_db.workflows.plain_alembic import run_environment

if context.config.config_file_name and "called_by_alphanest" not in context.config.attributes:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)

run_environment(context, os.environ, Path.cwd())  # type: ignore[arg-type]  # Alembic's module stands in for the object
