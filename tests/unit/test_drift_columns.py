"""Which changes of a column are certain enough for a statement."""

from dataclasses import replace

import pytest

from alphanest_db.schema.drift.catalog import Column
from alphanest_db.schema.drift.columns import add_column, alter_column, compare_columns

PLAIN = Column("public", "t", "c", "public.t", "c", "integer", False, False, None, "", "", None)


def statement(expected: Column, actual: Column, version: int = 180000) -> str | None:
    """What makes the actual column like the expected one."""
    return alter_column(actual, compare_columns(expected, actual, version))


@pytest.mark.parametrize(
    ("old", "new", "certain"),
    [
        ("integer", "bigint", True),
        ("bigint", "integer", False),
        ("smallint", "integer", True),
        ("character varying(10)", "character varying(20)", True),
        ("character varying(20)", "character varying(10)", False),
        ("character varying(20)", "text", True),
        ("character varying", "character varying(20)", False),
        ("timestamp with time zone", "timestamp without time zone", False),
        ("numeric(10,2)", "numeric(12,4)", False),
        ("json", "jsonb", False),
    ],
)
def test_only_types_that_hold_every_value_are_certain(old: str, new: str, certain: bool) -> None:
    changed = statement(replace(PLAIN, type=new), replace(PLAIN, type=old))

    assert changed == (f"ALTER TABLE public.t ALTER COLUMN c TYPE {new};" if certain else None)


def test_all_differences_of_a_column_are_one_statement() -> None:
    expected = replace(PLAIN, type="bigint", not_null=True, expression="0")

    assert statement(expected, PLAIN) == (
        "ALTER TABLE public.t ALTER COLUMN c TYPE bigint, ALTER COLUMN c SET NOT NULL, ALTER COLUMN c SET DEFAULT 0;"
    )


def test_one_uncertain_difference_leaves_no_statement() -> None:
    assert statement(replace(PLAIN, type="text", not_null=True), PLAIN) is None


@pytest.mark.parametrize(("version", "certain"), [(160000, False), (170000, True)])
def test_generated_expression_can_be_changed_since_17(version: int, certain: bool) -> None:
    actual = replace(PLAIN, generated="s", expression="1")

    assert (statement(replace(actual, expression="2"), actual, version) is not None) == certain


@pytest.mark.parametrize(
    ("column", "added"),
    [
        (PLAIN, "ALTER TABLE public.t ADD COLUMN c integer;"),
        (replace(PLAIN, not_null=True), None),
        (
            replace(PLAIN, not_null=True, expression="0"),
            "ALTER TABLE public.t ADD COLUMN c integer DEFAULT 0 NOT NULL;",
        ),
        (replace(PLAIN, identity="a", not_null=True), None),
        (replace(PLAIN, expression="nextval('s'::regclass)"), None),
        (
            replace(PLAIN, generated="s", expression="a * 2"),
            "ALTER TABLE public.t ADD COLUMN c integer GENERATED ALWAYS AS (a * 2) STORED;",
        ),
    ],
)
def test_column_is_added_where_its_values_are_known(column: Column, added: str | None) -> None:
    assert add_column(column) == added
