"""Exports of browsers that never were: whole ones with all the dirt that real ones have, and broken ones."""

import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Any in this file: whatever JSON can hold.

Lists = dict[str, list[Any]]
USERS, BOOTHS, ITEMS = "crypto_arbitrage_users", "alphanest_market_booths", "alphanest_nft_items"
_BEGUN = 1_700_000_000_000
_EMOJI = ("🦊", "👩‍🚀", "⚔️", "🤖", "🎨", "🐱")
_JUNK: tuple[Any, ...] = (
    None, True, -1, 0.5, 10**30, "", "x", "é" * 300, "\0", "\ud83d", [], {}, [[]], {"__proto__": {}}, 1e308, "NaN", -0.0,
)  # fmt: skip
_TOKENS = (
    b"NaN", b"-Infinity", b"1e999", b"9" * 400, b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u0000", b"\\ud83d", b"\xff", b"\x00",
    b'"__proto__":{},', b'"id":"twice","id":"twice"', b"[" * 3000, b"null", b",", b"\xed\xa0\x80", b"\n",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """How many records are in an export."""

    users: int
    booths: int
    items: int


def user(number: int, **changes: Any) -> dict[str, Any]:
    """A user as the front end keeps one."""
    return {
        "id": f"user_{_BEGUN + number}_k{number:x}", "username": f"Trader{number}", "email": f"trader{number}@example.com",
        "passwordHash": "-1203991", "avatar": "🦊", "avatarType": "emoji", "bio": f"I am number {number}", "region": "EU",
        "clanId": None, "clanTag": "", "shopTheme": "cyan", "createdAt": _BEGUN + number + 0.25, "score": 12,
        "rankedScore": 3, "casualScore": 4, "arbitrageVolume": 1.5, "isOnline": False,
    } | changes  # fmt: skip


def item(number: int, owner: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An item that its owner has made."""
    id_, made = f"nft_{owner['id']}_{number}"[-50:], _BEGUN + 1000 + number
    return {
        "id": id_, "name": f"Blade {number}", "description": "sharp", "imageUrl": "⚔️", "price": 12.5 + number,
        "rarity": "epic", "creator": owner["username"], "creatorId": owner["id"], "ownerId": owner["id"], "featured": False,
        "createdAt": made + 0.5, "stats": {"views": number, "favorites": 1, "sales": 0},
        "metadata": {"collection": "Blades", "edition": "1/10", "attributes": {"power": 9.5}},
        "transactionHistory": [
            {"id": f"tx_{id_}", "nftId": id_, "type": "mint", "from": "0x0", "to": owner["id"], "timestamp": made}
        ],
    } | changes  # fmt: skip


def booth(owner: dict[str, Any], listings: list[Any], **changes: Any) -> dict[str, Any]:
    """The booth of a user."""
    return {
        "userId": owner["id"], "username": owner["username"], "avatar": owner["avatar"], "bio": "come in", "theme": "gold",
        "layout": "gallery", "listings": listings,
        "stats": {"popularity": 3, "reputation": 4, "totalSales": 1, "totalVolume": 12.25, "itemsSold": 1,
                  "activeListings": len(listings), "totalViews": 9},
        "createdAt": _BEGUN + 500, "updatedAt": _BEGUN + 5000.75,
    } | changes  # fmt: skip


def export(*users: Any, booths: Any = (), items: Any = ()) -> Lists:
    """What a browser holds."""
    return {USERS: list(users), BOOTHS: list(booths), ITEMS: list(items)}


def generated(number: int, seed: int) -> Lists:
    """The export of one browser: its user, perhaps others, and the dirt of real ones."""
    choose = random.Random(f"{seed} {number}")
    users = [user(number * 10 + n, avatar=choose.choice(_EMOJI)) for n in range(choose.choice((1, 1, 2, 3)))]
    items = [item(n, choose.choice(users)) for n in range(choose.randrange(6))]
    for made in items:
        _sometimes(choose, made, imageUrl="https://cdn.example.com/" + "a" * choose.choice((3, 200)))
        _sometimes(choose, made, metadata={}, transactionHistory=[])
    booths = [booth(owner, _listed(choose, owner, items)) for owner in users]
    demo = {"id": f"demo_user_{choose.randrange(3)}", "username": "NeonDemo", "avatar": "🌆"}
    if choose.random() < 0.5:
        booths.append(booth(demo, [item(90, demo)], bio=None))
    if choose.random() < 0.2:
        users.append(user(number * 10 + 9, username=users[0]["username"].upper()))
    if choose.random() < 0.2:
        users.append(users[0] | {"avatar": "🐱", "updatedAt": _BEGUN + 90_000 + number})
    return export(*users, booths=booths, items=items)


def counted(lists: Lists) -> Counts:
    """The records of an export as the import counts them."""
    listings = sum(len(one["listings"]) for one in lists[BOOTHS])
    return Counts(len(lists[USERS]), len(lists[BOOTHS]), len(lists[ITEMS]) + listings)


def written(lists: Lists, form: int = 0) -> bytes:
    """The export as a file: parsed values, texts as JSON.stringify(localStorage) gives them, indented, or in UTF-16."""
    match form % 4:
        case 0:
            return json.dumps(lists, ensure_ascii=False).encode()
        case 1:
            texts = {key: json.dumps(value, ensure_ascii=False, separators=(",", ":")) for key, value in lists.items()}
            return json.dumps({"theme": "dark", **texts, "other": {"a": [1]}}, ensure_ascii=False).encode()
        case 2:
            return b"\xef\xbb\xbf" + json.dumps(dict(reversed(lists.items())), indent=2).encode()
        case _:
            return json.dumps(lists).encode("utf-16")


def mutated(number: int, seed: int) -> bytes:
    """An export that something has happened to: to its values, to its bytes, or to both."""
    choose = random.Random(f"mutated {seed} {number}")
    lists = generated(number, seed)
    if choose.random() < 0.5:
        for _ in range(choose.randrange(1, 4)):
            _spoil(choose, lists)
        data = written(lists) if _has_half(lists) is False else json.dumps(lists).encode()
    else:
        data = written(lists, choose.randrange(4))
    if choose.random() < 0.6:
        data = choose.choice(_WOUNDS)(choose, data)
    return data


def _sometimes(choose: random.Random, made: dict[str, Any], **changes: Any) -> None:
    if choose.random() < 0.25:
        made |= changes


def _listed(choose: random.Random, owner: dict[str, Any], items: list[Any]) -> list[Any]:
    """Some of the user's items, of which one says something else than the list."""
    listed = [dict(made) for made in items if made["ownerId"] == owner["id"] and choose.random() < 0.6]
    if listed and choose.random() < 0.3:
        listed[0]["price"] += 1
    return listed


def _spoil(choose: random.Random, lists: Lists) -> None:
    """Put something where it does not belong."""
    place: Any = lists[choose.choice((USERS, BOOTHS, ITEMS))]
    while place:
        key = choose.choice(list(place)) if isinstance(place, dict) else choose.randrange(len(place))
        if choose.random() < 0.4 or not isinstance(place[key], dict | list):
            place[key] = copy.deepcopy(choose.choice(_JUNK))
            return
        place = place[key]


def _has_half(lists: Lists) -> bool:
    return "\\ud83d" in json.dumps(lists)


def _cut(choose: random.Random, data: bytes) -> bytes:
    return data[: choose.randrange(len(data))]


def _flip(choose: random.Random, data: bytes) -> bytes:
    place = choose.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << choose.randrange(8))]) + data[place + 1 :]


def _put(choose: random.Random, data: bytes) -> bytes:
    place = choose.randrange(len(data))
    return data[:place] + choose.choice(_TOKENS) + data[place + choose.randrange(3) :]


def _drop(choose: random.Random, data: bytes) -> bytes:
    place = choose.randrange(len(data))
    return data[:place] + data[place + choose.randrange(1, 40) :]


def _repeat(choose: random.Random, data: bytes) -> bytes:
    begin = choose.randrange(len(data))
    return data[:begin] + data[begin : begin + choose.randrange(1, 200)] * 2 + data[begin:]


_WOUNDS: tuple[Callable[[random.Random, bytes], bytes], ...] = (_cut, _flip, _put, _put, _drop, _repeat)
