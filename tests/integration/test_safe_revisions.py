"""Revisions written by --autogenerate --safe: what they lock, and that they go up, down and up again."""

import contextlib
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from alphanest_db.database.target import Target
from alphanest_db.errors import MigrationFailed, Refused
from alphanest_db.schema.authoring.create import NewRevision, create_revision
from alphanest_db.schema.comparison import compare_models
from alphanest_db.schema.observing.modes import LockMode
from alphanest_db.schema.planning.model import Level, SchemaPlan
from alphanest_db.schema.planning.plan import plan_upgrade
from alphanest_db.schema.runs import MigrationRun, downgrade, upgrade
from tests.authoring_scenes import AFTER, BEFORE, Project, fill, interrupted_at, model
from tests.conftest import On, new_database
from tests.drift_scenes import drifts_of, labels, read
from tests.integration.test_migrations import schema_of
from tests.servers import execute, fetch

# What cannot be done in a moment, and says so.
HAZARDS = ("ADD COLUMN token", "ALTER COLUMN weight TYPE")
# What no downgrade brings back: the values of a column, its place, and that there was no such value of an enum.
LEFT_OVER = ["changed column order public.owners", "changed column public.owners.legacy", "changed type public.mood"]
READ_AND_WRITE = (LockMode.row_share, LockMode.row_exclusive, LockMode.share_update_exclusive, LockMode.access_share)
TYPES = "SELECT typname::text FROM pg_type WHERE typtype = 'e' ORDER BY 1"


def project(tmp_path: Path, target: Target, models: str = BEFORE) -> Project:
    """A database like the models, with rows in it, by a revision that was generated too."""
    made = Project(tmp_path / "project", models)
    create_revision(made.folder, "base", target=target)
    upgrade(target, made.folder)
    return made


def change(project: Project, target: Target, models: str, *, safe: bool = True) -> NewRevision:
    """Write the revisions that make the database like other models."""
    project.become(models)
    return create_revision(project.folder, "change", target=target, safe=safe)


def ids(made: NewRevision) -> list[str]:
    """The revisions, the first one first."""
    return [str(made.revision), *(item.revision for item in made.followed_by)]


def test_change_of_everything_holds_nobody_up_and_goes_up_down_and_up(any_server: Target, tmp_path: Path) -> None:
    with new_database(any_server, "template0") as target:
        made = project(tmp_path, target)
        base = fetch(target, "SELECT version_num FROM alembic_version")[0][0]
        fill(target)
        before = read(target)

        written = change(made, target, AFTER)
        assert len(ids(written)) == 3
        assert_nobody_is_held_up(plan_upgrade(target, made.folder, tmp_path, {}))

        upgrade(target, made.folder)
        assert compare_models(target, made.folder) == []
        schema = schema_of(target)
        assert "NOT VALID" not in schema
        assert fetch(target, "SELECT count(*) FROM owners JOIN pets ON owner_id = owners.id") == [(50,)]

        downgrade(target, made.folder, str(base))
        assert labels(drifts_of(target, before)) == LEFT_OVER

        upgrade(target, made.folder)
        assert compare_models(target, made.folder) == []
        assert schema_of(target) == schema


def assert_nobody_is_held_up(plan: SchemaPlan) -> None:
    assert [revision.error for revision in plan.revisions] == [None] * 3
    for statement in (statement for revision in plan.revisions for statement in revision.statements):
        assert statement.level is not Level.error
        assert all(finding.level is not Level.error for finding in statement.findings)
        long_work = [
            effect for effect in statement.tables if not effect.is_new and (effect.scanned or effect.rewritten)
        ]
        if not any(hazard in statement.sql for hazard in HAZARDS):
            assert all(effect.held in READ_AND_WRITE for effect in long_work), statement


def test_revisions_survive_being_killed_after_any_statement(empty_database: Target, tmp_path: Path) -> None:
    made = project(tmp_path, empty_database)
    base = fetch(empty_database, "SELECT version_num FROM alembic_version")[0][0]
    fill(empty_database)
    change(made, empty_database, AFTER)
    assert killed_until_it_completes(lambda: upgrade(empty_database, made.folder)) > 10
    assert compare_models(empty_database, made.folder) == []
    schema = schema_of(empty_database)

    assert killed_until_it_completes(lambda: downgrade(empty_database, made.folder, str(base)), step=4) > 10
    upgrade(empty_database, made.folder)

    assert schema_of(empty_database) == schema


def killed_until_it_completes(run: Callable[[], MigrationRun], *, step: int = 1) -> int:
    """Run it again and again, each time with more statements before the end comes; how many it needed."""
    for number in itertools.count(1, step):
        with contextlib.suppress(MigrationFailed, InterruptedError), interrupted_at(number):
            run()
            return number
    raise AssertionError


def test_index_alone_is_one_revision(empty_database: Target, tmp_path: Path) -> None:
    made = project(tmp_path, empty_database, model('Column("a", Integer)'))

    written = change(made, empty_database, model('Column("a", Integer, index=True)'))

    assert written.followed_by == ()
    text = written.path.read_text() if written.path else ""
    assert "autocommit_block" in text
    assert "postgresql_concurrently=True, if_not_exists=True" in text


def test_constant_default_is_one_step_and_no_default_is_two(empty_database: Target, tmp_path: Path) -> None:
    made = project(tmp_path, empty_database, model())
    execute(empty_database, "INSERT INTO t VALUES (1)")

    first = 'Column("a", Integer, nullable=False, server_default="7")'
    constant = change(made, empty_database, model(first))
    upgrade(empty_database, made.folder)
    without = change(made, empty_database, model(f'{first}, Column("b", Integer, nullable=False)'))

    assert (len(ids(constant)), len(ids(without))) == (1, 2)
    assert "HAZARD: rows that are there have no value in t.b" in without.followed_by[0].path.read_text()
    upgrade(empty_database, made.folder, "+1")
    with pytest.raises(
        MigrationFailed, match='check constraint "ck_t_b_not_null" of relation "t" is violated by some row'
    ):
        upgrade(empty_database, made.folder)
    execute(empty_database, "UPDATE t SET b = 1")
    upgrade(empty_database, made.folder)
    assert compare_models(empty_database, made.folder) == []


def test_new_table_needs_nothing_of_this(empty_database: Target, tmp_path: Path) -> None:
    made = project(tmp_path, empty_database, model())
    new = (
        model()
        + 'Table("u", metadata, Column("id", Integer, primary_key=True), Column("t_id", ForeignKey("t.id"), index=True))'
    )

    written = change(made, empty_database, new)

    assert written.path
    text = written.path.read_text()
    assert ("CONCURRENTLY" in text or "not_valid" in text, written.followed_by) == (False, ())


@pytest.mark.parametrize("safe", [False, True])
def test_enum_types_come_and_go_with_their_columns(safe: bool, empty_database: Target, tmp_path: Path) -> None:
    made = project(tmp_path, empty_database, model())
    execute(empty_database, "INSERT INTO t VALUES (1)")
    enum = "Enum('a', 'b: c', name='kind')"
    change(made, empty_database, model(f"Column('k', {enum}), Column('ks', ARRAY({enum}))")
           + f"Table('u', metadata, Column('k', {enum}))", safe=safe)  # fmt: skip

    upgrade(empty_database, made.folder)
    assert (compare_models(empty_database, made.folder), fetch(empty_database, TYPES)) == ([], [("kind",)])
    downgrade(empty_database, made.folder, "-1")
    assert fetch(empty_database, TYPES) == []
    upgrade(empty_database, made.folder)
    change(made, empty_database, model(), safe=safe)
    upgrade(empty_database, made.folder)
    assert fetch(empty_database, TYPES) == []
    downgrade(empty_database, made.folder, "-1")
    assert fetch(empty_database, TYPES) == [("kind",)]


def test_types_that_need_to_be_told_how_are_converted_both_ways(empty_database: Target, tmp_path: Path) -> None:
    kind, sort = ("Enum('a', 'b', name='kind')", "Enum('a', 'b', name='sort')")
    columns = 'Column("n", {number}), Column("k", {known}), Column("e", {text}), Column("s", String({length}))'
    before = model(columns.format(number="Text", known=kind, text="Text", length=9))
    after = model(columns.format(number="Integer", known=sort, text=sort, length=5))
    made = project(tmp_path, empty_database, before)
    base = str(fetch(empty_database, "SELECT version_num FROM alembic_version")[0][0])
    execute(empty_database, "INSERT INTO t VALUES (1, '7', 'a', 'b', 'x')")

    written = change(made, empty_database, after)
    upgrade(empty_database, made.folder)
    assert fetch(empty_database, "SELECT n, k::text, e::text, s FROM t") == [(7, "a", "b", "x")]
    assert compare_models(empty_database, made.folder) == []
    downgrade(empty_database, made.folder, base)
    assert fetch(empty_database, "SELECT n, k::text, e, s FROM t") == [("7", "a", "b", "x")]
    upgrade(empty_database, made.folder)

    assert written.path
    assert written.path.read_text().count("postgresql_using=") == 4  # three there, and the enum's on the way back


def test_unnamed_constraints_get_names_and_can_be_dropped_again(empty_database: Target, tmp_path: Path) -> None:
    made = project(tmp_path, empty_database, model('Column("a", Integer), Column("b", Integer)'))

    change(
        made, empty_database, model('Column("a", Integer, unique=True), Column("b", ForeignKey("t.id"))'), safe=False
    )
    upgrade(empty_database, made.folder)
    downgrade(empty_database, made.folder, "-1")
    upgrade(empty_database, made.folder)

    names = (
        "SELECT conname::text FROM pg_constraint WHERE conrelid = 't'::regclass AND contype IN ('u', 'f') ORDER BY 1"
    )
    assert fetch(empty_database, names) == [("t_a_key",), ("t_b_fkey",)]


@pytest.mark.parametrize("wanted", ["'a'", "'b', 'a'"])
def test_enum_values_that_cannot_be_taken_away_are_refused(wanted: str, empty_database: Target, tmp_path: Path) -> None:
    made = project(tmp_path, empty_database, model("Column('k', Enum('a', 'b', name='kind'))"))

    with pytest.raises(Refused, match="the type kind has the values a, b in the database"):
        change(made, empty_database, model(f"Column('k', Enum({wanted}, name='kind'))"))

    assert [item.kind for item in compare_models(empty_database, made.folder)] == ["modify_enum"]
    assert len(made.files()) == 1


DEFAULTS = (
    "Integer, Identity()",
    "Integer, Computed('id + 1', persisted=True)",
    "Text, server_default=text('gen_random_uuid()::text')",
    "DateTime(timezone=True), server_default=text('clock_timestamp()')",
    "JSON, server_default='{}'",
    "String(9), server_default='it\\'s 5%: x'",
    "Numeric(8, 2), server_default='1.5'",
    "Boolean, server_default=text('false')",
    "Enum('a', 'b', name='kind'), server_default='a'",
    "ARRAY(Integer), server_default='{1,2}'",
    "Interval, server_default=text(\"INTERVAL '1 day'\")",
)


def test_columns_of_every_kind_of_default_are_as_the_models_say(any_server: Target, tmp_path: Path) -> None:
    columns = [f'Column("c{number}", {text})' for number, text in enumerate(DEFAULTS)]
    with new_database(any_server, "template0") as target:
        made = project(tmp_path, target, model(", ".join(columns)))
        assert compare_models(target, made.folder) == []

        made.become(model(", ".join(columns).replace("gen_random_uuid()", "now()").replace("1.5", "1.6")))
        changed = compare_models(target, made.folder)
        create_revision(made.folder, "change", target=target, safe=True)
        upgrade(target, made.folder)

        assert [(item.kind, item.object) for item in changed] == [("modify_default", "c2"), ("modify_default", "c6")]
        assert compare_models(target, made.folder) == []


CHECKS = {
    # a name: before, after
    "other_number": ("a > 0", "a > 1"),
    "other_shape": ("a IN (1, 2)", "a = 1 OR a = 2"),
    "other_word": ("s IN ('x', 'y')", "s IN ('x', 'z')"),
    "other_pattern": ("s LIKE '%a:b%'", "s LIKE '%a:c%'"),
    "other_column": ("a > 0", "b > 0"),
    "same_pattern": ("s LIKE '%a:b%'", "s LIKE '%a:b%'"),
    "same_list": ("s IN ('x', 'y')", "(s = ANY (ARRAY['x', 'y']))"),
    "same_range": ("length(s) BETWEEN 1 AND 3", "length(s) >= 1 AND length(s) <= 3"),
}


def test_text_of_a_check_is_compared_as_the_server_reads_it(empty_database: Target, tmp_path: Path) -> None:
    def checked(place: int) -> str:
        texts = {name: texts[place].replace(":", "\\:") for name, texts in CHECKS.items()}
        checks = [f'CheckConstraint(text(r"""{text}"""), name="{name}")' for name, text in texts.items()]
        return model(
            ", ".join(['Column("a", Integer), Column("s", String(5))', *['Column("b", Integer)'][:place], *checks])
        )

    made = project(tmp_path, empty_database, checked(0))
    made.become(checked(1))

    found = [item for item in compare_models(empty_database, made.folder) if item.kind == "add_constraint"]
    assert {item.object for item in found} == {name for name in CHECKS if name.startswith("other")}


def test_nothing_is_written_where_nothing_differs(database: Target, on: On) -> None:
    nothing = on(database)("db", "revision", "-m", "nothing", "--autogenerate", "--safe", "--output", "json")
    alone = on(database)("db", "revision", "-m", "nothing", "--safe")

    assert (nothing.code, nothing.json) == (0, {"revision": None, "path": None, "followed_by": []}), nothing.err
    assert (alone.code, alone.err.splitlines()[0]) == (2, "error: --safe is about what --autogenerate writes")
