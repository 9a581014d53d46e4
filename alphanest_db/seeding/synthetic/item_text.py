"""Rows of items: what they are called, and the history of whose they were."""

from collections.abc import Iterator

import numpy as np

from alphanest_db.seeding.synthetic.cells import Cell
from alphanest_db.seeding.synthetic.draws import field
from alphanest_db.seeding.synthetic.items import EDITIONS, NOT_SOLD, RARITIES, Items
from alphanest_db.seeding.synthetic.world import World

# An emoji, what it is, and the collection that it belongs to.
_THINGS = (
    ("⚔️", "Samurai", "CyberWarriors"), ("🤖", "Trading Bot", "TradingAI"), ("📊", "Dashboard", "CyberTools"),
    ("🔍", "Scanner Badge", "Badges"), ("✨", "Overlay", "Effects"), ("💎", "Crystal Shard", "CryptoGems"),
    ("🐉", "Dragon Mount", "CyberBeasts"), ("🎴", "Card Pack", "CardPacks"), ("🏍️", "Bike Skin", "Vehicles"),
    ("⚡", "Energy Token", "Consumables"), ("🗡️", "Shadow Blade", "Weapons"), ("🌟", "Throwing Star", "Weapons"),
    ("👤", "Stealth Cloak", "Gear"), ("📜", "Scroll", "Artifacts"), ("🎯", "Training Dummy", "Training"),
    ("🛡️", "Aegis", "Gear"),
)  # fmt: skip
_LOOKS = (
    "Neon", "Holo", "Quantum", "Glitch", "Chrome", "Shadow", "Ancient", "Plasma", "Mirror", "Void", "Prism", "Copper", "Rain",
    "Static", "Ember", "Frost",
)  # fmt: skip
_WORDS = (
    "Worn by those who watch the spreads at night.", "It hums when the market turns.",
    "Made on a night without a single red candle.", "Looks another way from every angle.", "Was traded for a pizza once.",
    "Nobody knows what the button does.", "The light in it never goes out.", "Comes with a story that is mostly true.",
)  # fmt: skip
_FEATURED = np.array([2, 6, 18, 45])  # of a hundred, by rarity

# Bytes, since a single emoji makes a whole string of Python four times as wide.
_TOLD = tuple(f"\t{words}\t{emoji}\t".encode() for words in _WORDS for emoji, _thing, _collection in _THINGS)
_TRUE, _FALSE = "t", "f"


def item_rows(world: World, cell: Cell) -> Iterator[bytes]:
    """The rows of the items of a cell's users, as COPY text."""
    items, user_ids, names, booth_ids = cell.items, cell.user_ids, cell.names, cell.booth_ids
    bits = world.draws.bits("item words", items.places)
    featured = field(bits, 0, 20) % 100 < _FEATURED[items.rarities]
    columns = zip(
        items.makers.tolist(), items.numbers.tolist(), items.owners.tolist(), items.rarities.tolist(), items.cents.tolist(),
        items.views.tolist(), items.favorites.tolist(), featured.tolist(), field(bits, 20, 4).tolist(),
        field(bits, 24, 7).tolist(), field(bits, 32, 32).tolist(), (items.made // 1000).tolist(), items.sold_cents.tolist(),
        _changes_of_hands(items), strict=True,
    )  # fmt: skip
    for (
        maker, number, owner, rarity, cents, views, favorites, is_featured, look, told, edition, made, sold, changes,
    ) in columns:  # fmt: skip
        maker_id = user_ids[maker]
        id_ = f"nft_{maker_id}_{number}"
        _emoji, thing, collection = _THINGS[told % len(_THINGS)]
        copies = EDITIONS[rarity]
        passed = _passed(id_, maker_id, changes, sold, user_ids) if changes else ""
        yield (
            f"{id_}\t{_LOOKS[look]} {thing} #{number}".encode()
            + _TOLD[told]
            + (
                f"{cents / 100}\t{RARITIES[rarity]}\t{maker_id}\t{names[maker]}\t{user_ids[owner]}\t{booth_ids[owner]}"
                f"\t{_TRUE if is_featured else _FALSE}\t{views}\t{favorites}\t{1 if sold else 0}"
                f'\t{{"collection": "{collection}", "edition": "{edition % copies + 1}/{copies}"}}'
                f'\t[{{"id": "tx_{id_}", "nftId": "{id_}", "type": "mint", "from": "0x0", "to": "{maker_id}", "timestamp": {made}}}'
                f"{passed}]\t{made}\n"
            ).encode()
        )


def _changes_of_hands(items: Items) -> Iterator[list[tuple[int, int]]]:
    """For each item: to whom it went, and when (in milliseconds), one after the other."""
    columns = [zip(hop.to.tolist(), (hop.at // 1000).tolist(), strict=True) for hop in items.hops]
    counts = sum(hop.is_there.astype(np.int64) for hop in items.hops)
    for count, *hops in zip(np.asarray(counts).tolist(), *columns, strict=True):
        yield hops[:count]


def _passed(id_: str, maker_id: str, changes: list[tuple[int, int]], sold_cents: int, user_ids: list[str]) -> str:
    """The entries of a history after the first one: a sale first, if there was one, and then whatever needs no money."""
    entries, giver = "", maker_id
    for step, (taker, at) in enumerate(changes, start=1):
        is_sale = step == 1 and sold_cents != NOT_SOLD
        kind = f'"sale", "price": {sold_cents / 100}' if is_sale else '"trade"' if step % 2 else '"transfer"'
        entries += (
            f', {{"id": "tx_{id_}_{step}", "nftId": "{id_}", "type": {kind}, "from": "{giver}", "to": "{user_ids[taker]}"'
            f', "timestamp": {at}}}'
        )
        giver = user_ids[taker]
    return entries
