"""What all mapped classes share."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, DateTime, String, func
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    """The base of the platform's five tables."""


Id = Annotated[str, mapped_column(String(36), primary_key=True)]
CreatedAt = Annotated[datetime | None, mapped_column(DateTime(timezone=True), server_default=func.now())]
UpdatedAt = Annotated[datetime | None, mapped_column(DateTime(timezone=True))]


def one_of(table: str, column: str, values: tuple[str, ...]) -> CheckConstraint:
    """The constraint that a column holds one of the values, or nothing."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"ck_{table}_{column}")


def not_negative(table: str, *columns: str) -> list[CheckConstraint]:
    """A constraint for each column that it is zero, more, or nothing."""
    return [CheckConstraint(f"{column} >= 0", name=f"ck_{table}_{column}") for column in columns]
