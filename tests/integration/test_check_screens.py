"""Screens let through whatever a check looks for: they are quick, and never the last word."""

import json
from collections.abc import Iterator

import pytest
from psycopg2 import sql

from alphanest_db.checks.model import Options
from alphanest_db.checks.registry import all_checks
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.sources import Way, source
from alphanest_db.checks.tables import read_tables
from alphanest_db.database.connect import session
from alphanest_db.database.identifiers import statement
from alphanest_db.database.target import Target
from tests.check_scenes import OPEN, ROWS, SCENES, results
from tests.conftest import new_database
from tests.servers import execute, fetch

SCREENED = [rule for check in all_checks() for rule in check.rows if rule.screen]
# As json.dumps, PostgreSQL's json_build_object and JSON.stringify write.
SIGNS = ((": ", ", "), (" : ", ", "), (":", ","))
MINT = {"id": "x", "nftId": "I", "type": "mint", "from": "0x0", "to": "u", "timestamp": 1700000000000}

ODD_TRADES = """
INSERT INTO trades (id, user_id, pair, buy_exchange, sell_exchange, buy_price, sell_price, profit_amount, profit_percentage)
SELECT gen_random_uuid(), 'u01', 'P', 'a', 'b', a.n, b.n, c.n, d.n FROM
    (VALUES (0::float8), (1), (-1), (1.5), ('NaN'), ('Infinity'), ('-Infinity')) AS a (n),
    (VALUES (0::float8), (1), (-1), (1.5), ('NaN'), ('Infinity'), ('-Infinity')) AS b (n),
    (VALUES (0::float8), (1), (-1), (0.5), ('NaN'), ('Infinity'), ('-Infinity')) AS c (n),
    (VALUES (0::float8), (1), (-1), (50), ('NaN'), ('Infinity'), ('-Infinity')) AS d (n);
-- Both numbers wrong by as much, which agree with each other.
INSERT INTO trades (id, user_id, pair, buy_exchange, sell_exchange, buy_price, sell_price, profit_amount, profit_percentage)
SELECT gen_random_uuid(), 'u01', 'P', 'a', 'b', price.buy, price.sell, (sell - buy) * off.n, (sell - buy) / buy * 100 * off.n FROM
    (VALUES (100::float8, 101::float8), (0.4, 0.41), (60000, 60030), (101, 100)) AS price (buy, sell),
    (VALUES (2::float8), (-1), (0), (1.1), (0.9), (1.001)) AS off (n);
"""


@pytest.fixture(scope="module")
def defects(server: Target, template: str) -> Iterator[Target]:
    """A database with every defect that there is a scene for."""
    with new_database(server, template) as target:
        execute(target, ROWS + OPEN + "".join(scene.plant for scene in SCENES) + ODD_TRADES)
        yield target


@pytest.mark.parametrize("rule", SCREENED, ids=lambda rule: f"{rule.table} {rule.condition[:30]}")
def test_screen_lets_every_wrong_row_through(rule: RowRule, defects: Target) -> None:
    with session(defects) as connection, connection.cursor() as cursor:
        tables = read_tables(connection)
        question = statement(
            "SELECT count(*), count(*) FILTER (WHERE ({screen}) IS NOT TRUE) FROM {source} WHERE {condition}",
            screen=sql.SQL(rule.screen), condition=sql.SQL(rule.condition),
            source=source(tables[rule.table], [rule], Way.rows, tables),
        )  # fmt: skip
        cursor.execute(question)
        [(wrong, held_back)] = cursor.fetchall()

    assert (wrong > 0, held_back) == (True, 0)


def histories(signs: tuple[str, str]) -> Iterator[tuple[str, bool]]:
    """Histories of the item `I` in one way of writing, and whether something is wrong with them."""

    def text(*entries: object) -> str:
        return json.dumps(entries, separators=(signs[1], signs[0]), ensure_ascii=False)

    mint = text(MINT)
    yield from ((mint, False), (text(), False), (text(MINT, MINT | {"type": "sale", "price": 1.5}), False))
    yield from ((text(MINT | {"to": 'a, b: "c"}]'}), False), (text(MINT | {"timestamp": "1"}), False))
    yield from ((text(MINT | {field: None}), True) for field in MINT)
    yield from ((text(MINT | {field: []}), field in {"nftId", "type"}) for field in MINT)
    yield from ((text({key: MINT[key] for key in MINT if key != field}), True) for field in MINT)
    yield from ((text(MINT | {"nftId": other}), True) for other in ("J", "i", "I ", 'I"', "I, ", "_", "%", 1))
    yield from ((text(MINT | {"type": "gift"}), True), (text(MINT | {"type": "mint "}), True))
    strangers: tuple[object, ...] = ({}, [], 1, "x", None, [MINT], {"id": MINT}, MINT | {"nftId": "J"})
    yield from ((text(MINT, stranger), True) for stranger in strangers)
    yield from ((text(stranger), True) for stranger in strangers)
    again = mint.removesuffix("}]") + signs[1]
    yield from ((f'{again}"nftId"{signs[0]}"J"}}]', True), (f'{again}"type"{signs[0]}null}}]', True))
    yield from (
        (f'{again}"nftId"{signs[0]}"I"}}]', False),
        (mint.replace("0x0", r"\u0000"), True),
        (f" {mint} ", False),
    )
    yield from ((mint.replace('"I"', r'"\u0049"'), False), (mint.replace('"x"', r'"\ud800"'), True))
    yield (mint.replace('"x"', r'"\ud83d\\\ude00"'), True)
    yield from ((text(MINT | {"to": commas}, {}), True) for commas in (",", ",,", "a,b,,c", ",,,"))


def longer_histories(signs: tuple[str, str]) -> Iterator[tuple[str, bool]]:
    """Histories of several transactions, each place of which may be the wrong one."""
    sale = {"id": "y", "nftId": "I", "type": "sale", "price": 1.5, "from": "u", "to": "v", "timestamp": 1700000000001}
    gift = {"id": "z", "nftId": "I", "type": "transfer", "from": "v", "to": "w", "price": 0, "timestamp": 1700000000002}
    entries: list[object] = [MINT, sale, MINT | {"type": "trade"}, gift]

    def text(*entries: object) -> str:
        return json.dumps(entries, separators=(signs[1], signs[0]), ensure_ascii=False)

    def with_one(place: int, entry: object) -> str:
        return text(*entries[:place], entry, *entries[place + 1 :])

    yield from ((text(*(entries * 4)[:length]), False) for length in range(2, 17))
    yield from ((text(*(entries * 4)[:length], sale | {"type": "gift"}), True) for length in range(15))
    yield from ((text(*(entries * 4)[:length], sale | {"nftId": "J"}), True) for length in range(15))
    not_own: tuple[object, ...] = ("J", "", "I}", '"I"', "I\\", 1, [1])
    not_types: tuple[object, ...] = ("gift", "mint ", "sale}", "", 1, {})
    odd: tuple[object, ...] = ("}, {", "a, b", "{", '"', "%", {})
    strangers: tuple[object, ...] = (5, "x", None, [], {}, [sale], {"a": sale})
    for place in range(len(entries)):
        yield from ((with_one(place, sale | {field: None}), field != "price") for field in sale)
        yield from (
            (with_one(place, {key: sale[key] for key in sale if key != field}), field != "price") for field in sale
        )
        yield from ((with_one(place, sale | {"nftId": other}), True) for other in not_own)
        yield from ((with_one(place, sale | {"type": other}), True) for other in not_types)
        yield from ((with_one(place, entry), True) for entry in strangers)
        yield from ((with_one(place, sale | {"from": other}), False) for other in odd)
        yield with_one(place, sale | {"price": sale, "more": [1, {}]}), False
    halves = {"id": "y", "nftId": "I", "type": "sale"}, {"from": "u", "to": "v", "timestamp": 1700000000001}
    yield from ((text(MINT, *halves), True), (text(MINT, halves[0] | {"price": 1}, halves[1]), True))
    plain = text(MINT, sale, gift)
    yield plain.replace('"w"', f'"price"{signs[1]}"from"{signs[0]}null'), True
    for key in ("nftId", "type", "from", "to", "timestamp"):  # the last of two counts
        begun = f'"{key}"{signs[0]}'
        yield plain.replace(begun, f"{begun}null{signs[1]}{begun}"), False
        yield plain.replace("}", f"{signs[1]}{begun}null}}"), True
        yield plain.replace("}", f"{signs[1]}{begun}null}}", 1), True
        yield plain.replace("}", f'{signs[1]}"price"{signs[0]}1{signs[1]}{begun}null}}', 1), True
    yield plain.replace("]", f"{signs[1]}5]"), True
    yield plain.replace(f"}}{signs[1]}{{", f"}}{signs[1]}5{signs[1]}{{", 1), True


@pytest.mark.parametrize("signs", SIGNS, ids=repr)
def test_history_is_judged_by_what_it_says_however_it_is_written(
    signs: tuple[str, str], server: Target, template: str
) -> None:
    cases = [*histories(signs), *longer_histories(signs)]
    with new_database(server, template) as target:
        execute(target, ROWS, "SET session_replication_role = replica; DELETE FROM nft_items")
        with session(target) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SET session_replication_role = replica; ALTER TABLE nft_items DROP CONSTRAINT nft_items_pkey CASCADE"
            )
            cursor.executemany(
                "INSERT INTO nft_items (id, name, price, creator_id, creator, owner_id, booth_id, created_at, transaction_history,"
                " description) VALUES ('I', 'n', 1, 'u01', 'c', 'u01', 'b01', 1700000000000, %s, %s)",
                [(text, str(number)) for number, (text, _) in enumerate(cases)],
            )
        of = results(target, "transaction-history", options=Options(samples=len(cases)))["transaction-history"]
        found = [
            int(str(number))
            for finding in of.samples
            for [number] in fetch(target, f"SELECT description FROM nft_items WHERE ctid = '{finding.key['ctid']}'")
        ]

    places = [tuple(map(int, str(finding.key["ctid"]).strip("()").split(","))) for finding in of.samples]
    assert places == sorted(places)
    assert [cases[number][0] for number in sorted(found)] == [text for text, wrong in cases if wrong]
    assert of.count == len(found)
