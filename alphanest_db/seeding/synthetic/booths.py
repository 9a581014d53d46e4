"""Rows of booths, which sum up the items in them."""

from collections.abc import Iterator

import numpy as np

from alphanest_db.models.values import LAYOUTS, THEMES
from alphanest_db.seeding.synthetic.cells import Cell
from alphanest_db.seeding.synthetic.draws import Ints, field
from alphanest_db.seeding.synthetic.items import NOT_SOLD, Items
from alphanest_db.seeding.synthetic.world import World

_BIOS = (
    "Welcome to {}'s booth!", "{} trades what glows in the dark.", "Rare things, fair prices: {}.", "{} buys low, sells here.",
    "Open day and night. Ask for {}.", "One of one, by {}.", "{}: collector first, trader second.",
    "Nothing here is common, says {}.",
)  # fmt: skip


def booth_rows(world: World, cell: Cell) -> Iterator[bytes]:
    """The rows of the booths of a cell's users, as COPY text."""
    items, users = cell.items, cell.users
    bits = world.draws.bits("booths", users)
    listings, views, sales, volume = (
        _summed(items, what, len(users))
        for what in (np.ones(len(items.makers)), items.views, items.sold_cents != NOT_SOLD, items.sold_cents)
    )
    changed = np.where(field(bits, 0, 8) < 160, world.later("booth changes", users, cell.joined), 0)
    columns = zip(
        cell.booth_ids, cell.user_ids, cell.names,
        field(bits, 8, 3).tolist(), field(bits, 11, 2).tolist(), (field(bits, 13, 16) % len(LAYOUTS)).tolist(),
        (100 * views // (views + 2_000)).tolist(), (100 * (sales + 1) // (sales + 4)).tolist(),
        sales.tolist(), volume.tolist(), listings.tolist(), views.tolist(),
        world.moments.strings(cell.joined), world.moments.strings(changed), strict=True,
    )  # fmt: skip
    for id_, user, name, bio, theme, layout, popular, trusted, sold, cents, listed, seen, made, changed_ in columns:
        yield (
            f"{id_}\t{user}\t{_BIOS[bio].format(name)}\t{THEMES[theme]}\t{LAYOUTS[layout]}\t{popular}\t{trusted}\t{sold}"
            f"\t{cents / 100}\t{sold}\t{listed}\t{seen}\t{made}\t{changed_}\n"
        ).encode()


def _summed(items: Items, values: np.ndarray[tuple[int], np.dtype[np.generic]], users: int) -> Ints:
    return np.bincount(items.owners, weights=values, minlength=users).astype(np.int64)
