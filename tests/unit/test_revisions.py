"""The graph of the migrations, read from their files without running them."""

from pathlib import Path

import pytest

from alphanest_db.errors import AlphanestError, DatabaseAhead
from alphanest_db.schema.revisions import RevisionGraph, read_revisions


def graph_of(folder: Path, **files: str) -> RevisionGraph:
    (folder / "versions").mkdir()
    for name, text in files.items():
        (folder / "versions" / f"{name}.py").write_text(text)
    return read_revisions(folder)


def migration(identifier: str, *parents: str, message: str = "does something") -> str:
    down = repr(parents[0] if len(parents) == 1 else parents or None)
    return f'"""{message}\n\nMore.\n"""\n\nrevision = "{identifier}"\ndown_revision = {down}\n'


def test_parents_come_before_children_whatever_their_files_are_called(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, a=migration("c", "b"), b=migration("a"), c=migration("b", "a"))
    assert [revision.id for revision in graph.revisions] == ["a", "b", "c"]


def test_two_heads_are_both_named(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, a=migration("a"), b=migration("b", "a"), c=migration("c", "a"))
    assert (graph.heads, graph.pending(["b"])) == (("b", "c"), ("c",))


def test_merge_has_two_parents(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path, a=migration("a"), b=migration("b", "a"), c=migration("c", "a"), d=migration("d", "b", "c")
    )
    assert (graph.heads, graph.applied(["d"])) == (("d",), frozenset("abcd"))


def test_annotated_assignments_and_comments_are_understood(tmp_path: Path) -> None:
    text = (
        "from collections.abc import Sequence\nimport nowhere_to_be_found\n"
        'revision: str = "b"  # ours\ndown_revision: str | Sequence[str] | None = ("a",)\nbranch_labels = None\n'
        'depends_on: str | None = None\n\ndef upgrade() -> None:\n    raise SystemExit("never run")\n'
    )
    graph = graph_of(tmp_path, a=migration("a"), b=text)
    assert [(revision.id, revision.down_revisions, revision.message) for revision in graph.revisions] == [
        ("a", (), "does something"),
        ("b", ("a",), "b"),
    ]


def test_ids_may_be_assigned_in_one_line(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, a=migration("a"), b='revision, down_revision = "b", "a"\n')
    assert [(revision.id, revision.down_revisions) for revision in graph.revisions] == [("a", ()), ("b", ("a",))]


def test_file_without_a_revision_is_passed_over(tmp_path: Path) -> None:
    assert graph_of(tmp_path, helpers="X = 1\n", a=migration("a")).heads == ("a",)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": migration("a", "gone")}, "the migration a.py follows 'gone', which is missing"),
        ({"a": migration("a", "b"), "b": migration("b", "a")}, "the migration a.py is part of a circle"),
        ({"a": migration("a", "a")}, "the migration a.py is part of a circle"),
        ({"a": migration("x"), "b": migration("x")}, "two migrations have the id x: a.py and b.py"),
        ({"a": "revision = \n"}, "the migration a.py cannot be read: invalid syntax (<unknown>, line 1)"),
        ({"a": "revision = make()\n"}, "the migration a.py cannot be read: malformed node or string on line 1"),
    ],
    ids=["missing parent", "circle", "own parent", "same id", "syntax error", "not a literal"],
)
def test_impossible_graph_is_refused_by_the_name_of_its_file(
    files: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(AlphanestError) as refused:
        graph_of(tmp_path, **files)
    assert refused.value.message.startswith(message)


def test_database_at_an_unknown_revision_is_ahead(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, a=migration("a"))
    with pytest.raises(DatabaseAhead) as refused:
        graph.pending(["f00d"])
    assert refused.value.revision == "f00d"


def test_nothing_is_pending_at_head_and_all_on_an_empty_database(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, a=migration("a"), b=migration("b", "a"))
    assert (graph.pending(["b"]), graph.pending([])) == ((), ("a", "b"))
