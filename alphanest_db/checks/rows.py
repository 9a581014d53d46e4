"""Conditions on the rows of a table: what a rule says, so that all rules of a table are answered in one scan.

In the SQL of a rule, `t` is the row; lookups and joins go by their aliases. A condition is true for a row that is wrong, and a
message is an expression of type text.
"""

from dataclasses import dataclass

SHOW = "SELECT * FROM {table} WHERE {key};"
DELETE = "DELETE FROM {table} WHERE {key};"


@dataclass(frozen=True)
class Lookup:
    """The row of `table` whose column `referenced` is the row's `column`; columns of NULLs where there is none.

    `named` is the alias. With `further`, the columns of that row are joined by `<its alias>_is_there`: whether the row that
    this one refers to is there as well.
    """

    column: str
    table: str
    referenced: str = "id"
    further: "Lookup | None" = None
    named: str = ""

    @property
    def alias(self) -> str:
        """How the SQL of a rule calls that row.

        >>> Lookup("owner_id", "users").alias
        'owner_id_users'
        """
        return self.named or f"{self.column}_{self.table}"


@dataclass(frozen=True)
class Presence:
    """Whether the row's `column` is among the `referenced` of `table`: `<named>.is_there`, not true where the column is NULL.

    It is looked up only for rows with which a condition gets that far; where those are `rare`, each by itself.
    """

    column: str
    table: str
    named: str
    referenced: str = "id"
    rare: bool = False

    @property
    def alias(self) -> str:
        """How the SQL of a rule calls it."""
        return self.named


@dataclass(frozen=True)
class Computed:
    """A further column of `t`, an expression of the others, for what is dear to compute and asked several times."""

    column: str
    expression: str


@dataclass(frozen=True)
class Join:
    """A left join with a source (quoted SQL) that has at most one row for each of the table's."""

    alias: str
    source: str
    on: str


Source = Lookup | Presence | Computed | Join


@dataclass(frozen=True)
class Link:
    """A column that refers to `referenced` of the table `target`, where indexes may tell which values lead nowhere."""

    column: str
    target: str
    referenced: str


@dataclass(frozen=True)
class RowRule:
    """A condition on the rows of one table; `table` as PostgreSQL writes it, `sql` what mends such a row or shows it.

    With `alone`, PostgreSQL knows a better way to the answer than through all rows. `careful` is the condition again for rows
    over which the quick one stumbles with an error. `screen` is true for every row for which the condition can be, quickly
    told, and perhaps the same for several rules. A condition that is dear, or asks a query of its own, may be `late`: it is asked
    only of the rows that come through the screen, and only of the columns that it names so.
    """

    table: str
    condition: str
    message: str
    sql: str = SHOW
    joins: tuple[Source, ...] = ()
    link: Link | None = None
    alone: bool = False
    careful: str | None = None
    screen: str = ""
    late: tuple[str, ...] = ()


def outside(table: str, column: str, values: tuple[str, ...]) -> RowRule:
    """Rows whose column holds something other than the values; nothing is allowed. An enum may lack some of them."""
    known = ", ".join(f"'{value}'" for value in values)
    return RowRule(
        table,
        f"t.{column}::text NOT IN ({known})",
        f"format('{column} is %L, and none of {', '.join(values)}', t.{column})",
        f"UPDATE {{table}} SET {column} = '{values[0]}' WHERE {{key}}; -- or {', '.join(values[1:])}",
    )


def negative(table: str, *columns: str, screen: str = "") -> tuple[RowRule, ...]:
    """Rows in which a number that counts or costs is below zero, a rule for each column; minus infinity is no number."""
    return tuple(
        RowRule(
            table,
            f"t.{column} < 0 AND t.{column} > '-Infinity'",
            f"format('{column} is %s', t.{column})",
            screen=screen,
        )
        for column in columns
    )


def counted_negative(table: str, *columns: str) -> tuple[RowRule, ...]:
    """As `negative`, for whole numbers."""
    return tuple(
        RowRule(
            table, f"t.{column} < 0", f"format('{column} is %s', t.{column})",
            f"UPDATE {{table}} SET {column} = 0 WHERE {{key}};",
        )
        for column in columns
    )  # fmt: skip
