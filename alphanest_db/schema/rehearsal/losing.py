"""Contents before and after: what is not there any more, in numbers."""

from collections.abc import Callable, Iterator

from alphanest_db.schema.planning.live import shown_name
from alphanest_db.schema.rehearsal.contents import ColumnContent, Contents, TableContent, TableKey
from alphanest_db.schema.rehearsal.model import DataLoss, LossKind

# How many values of a column are not there any more, where that can be told.
CountChanged = Callable[[TableKey, str, ColumnContent, ColumnContent | None], int | None]


def find_losses(
    revision: str,
    before: Contents,
    after: Contents,
    count_changed: CountChanged = lambda _table, _column, _before, _now: None,
) -> list[DataLoss]:
    """What the tables of before do not hold any more; what is there in addition, in other tables and columns, is no loss."""
    losses: list[DataLoss] = []
    for key, held in before.items():
        if after.get(key) != held:
            losses += _of_table(revision, key, held, after.get(key), count_changed)
    return losses


def newly_lost(losses: list[DataLoss], known: list[DataLoss]) -> list[DataLoss]:
    """Those that a later revision's downgrade has not brought about already."""
    seen = {(loss.table, loss.column, loss.before, loss.after) for loss in known}
    return [loss for loss in losses if (loss.table, loss.column, loss.before, loss.after) not in seen]


def _of_table(
    revision: str, key: TableKey, before: TableContent, after: TableContent | None, count_changed: CountChanged
) -> Iterator[DataLoss]:
    table = shown_name(*key)
    rows = after.rows if after else 0
    gone = max(0, before.rows - rows)
    found = before.rows != rows
    if found:
        yield DataLoss(revision, table, None, LossKind.rows, before.rows, rows, gone)
    for name, column in before.columns.items() if after else ():
        now = after.columns.get(name) if after else None
        if now != column and (
            loss := _of_column(column, now, before.rows - rows, count_changed(key, name, column, now))
        ):
            found = True
            kind, lost = loss
            yield DataLoss(revision, table, name, kind, column.values, now.values if now else 0, lost)
    if after and not found and before.columns.keys() == after.columns.keys() and before.hash != after.hash:
        yield DataLoss(revision, table, None, LossKind.content, before.rows, rows, None)  # values changed places


def _of_column(
    before: ColumnContent, now: ColumnContent | None, rows_gone: int, changed: int | None
) -> tuple[LossKind, int | None] | None:
    """What became of a column's values, beyond those that went with their rows; `changed` are no longer there.

    >>> held, now = ColumnContent(100, None), ColumnContent(90, None)
    >>> _of_column(held, now, 10, 10), _of_column(held, now, 10, 13), _of_column(held, now, 0, 10)
    (None, (<LossKind.content: 'content'>, 3), (<LossKind.values: 'values'>, 10))
    """
    if now is None:
        return (LossKind.column, before.values) if before.values else None
    if before.values - now.values > max(0, rows_gone):
        return LossKind.values, before.values - now.values
    if changed is not None:
        lost = changed - max(0, rows_gone)
        return (LossKind.content, lost) if lost > 0 else None
    return (LossKind.content, None) if rows_gone == 0 else None
