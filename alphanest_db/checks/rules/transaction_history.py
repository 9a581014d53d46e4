"""Items whose history is not a list of their own transactions."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Computed, RowRule

_HISTORY = "t.transaction_history::json"
_TEXT = "t.transaction_history::text"

# What stands between a key and its value, and between two of them, where the platform, PostgreSQL or a browser writes.
_SIGNS = ((": ", ", "), (" : ", ", "), (":", ","))
# Most histories are the one entry of a mint. A text of one of these forms with no more than five commas has six values, five of
# them in quotes, which without a backslash mean what they show.
_FORMS = ", ".join(
    '\'[{{"id"{0}"%"{1}"nftId"{0}"%"{1}"type"{0}"mint"{1}"from"{0}"%"{1}"to"{0}"%"{1}"timestamp"{0}1%\''.format(*signs)
    for signs in _SIGNS
)
_SHOWN = Computed("history_as_text", _TEXT)
_IS_MINT = (
    f"t.history_as_text LIKE ANY (ARRAY[{_FORMS}]) AND t.history_as_text NOT LIKE '%,%,%,%,%,%,%'"
    " AND split_part(t.history_as_text, '\"', 8) = t.id AND strpos(t.history_as_text, '\\') = 0"
)

# Of most others every entry is written in one of these ways, too, and is told without reading it as JSON. A quote is where a text
# begins or ends, as there is no backslash. What says whose the entry is becomes a character that JSON cannot hold, once for each
# entry that is the item's own; so many entries there are. As many closing braces: then nothing is nested, and no entry is
# anything but an object. Commas for these fields, and for prices: then no field is there twice. The type stands behind the mark.
_OWN = r"E'\x01'"
_MOST_ENTRIES = 9
_TYPED = "LIKE ANY (ARRAY['mint\"%', 'sale\"%', 'trade\"%', 'transfer\"%'])"


def _marked(colon: str, comma: str) -> tuple[str, str]:
    """How histories in this form begin, and what says whose an entry is."""
    return f'\'[{{"id"{colon}"%\'', f"""'"{comma}"nftId"{colon}"' || t.id || '"{comma}"type"{colon}"'"""


def _count(of: str) -> str:
    return f"(octet_length(t.history_marked) - octet_length(replace(t.history_marked, '{of}', ''))) / {len(of)}"


def _are_own(colon: str, comma: str) -> str:
    """True for histories in this form whose entries are all in order."""
    beginning, own = _marked(colon, comma)
    entry = f"""{{"id"{colon}"%\x01%"from"{colon}"%"to"{colon}"%"timestamp"{colon}1%}}"""
    entries = f"((octet_length(t.history_as_text) - octet_length(t.history_marked)) / (octet_length({own}) - 1))"
    typed = f"{entries} = {_MOST_ENTRIES}"
    for number in range(_MOST_ENTRIES, 0, -1):
        others = f"({entries} = {number} OR {typed})" if number < _MOST_ENTRIES else typed
        typed = f"split_part(t.history_marked, {_OWN}, {number + 1}) {_TYPED} AND {others}"
    pattern = f"E'[' || repeat(E'{entry}{comma}', {entries} - 1) || E'{entry}]'".replace("\x01", "\\x01")
    braces, commas, prices = (_count(sign) for sign in ("}", ",", f'"price"{colon}'))
    return (
        f"(t.history_as_text LIKE {beginning} AND t.history_marked LIKE {pattern}"
        f" AND {braces} = {entries} AND {commas} = 4 * {entries} - 1 + {prices}"
        f" AND {typed} AND strpos(t.history_as_text, '\\') = 0)"
    )


# Longer than a mint is: of shorter ones the mark is not asked for, and its making would cost a tenth of the scan.
_SEVERAL_BYTES = "2 * octet_length(t.id) + 150"
_MARKED = Computed(
    "history_marked",
    f"CASE WHEN pg_column_size(t.transaction_history) <= {_SEVERAL_BYTES} THEN NULL "
    + " ".join(
        f"WHEN {_TEXT} LIKE {beginning} THEN replace({_TEXT}, {own}, {_OWN})"
        for beginning, own in (_marked(*signs) for signs in _SIGNS)
    )
    + " END",
)
_ARE_OWN = " OR ".join(_are_own(*signs) for signs in _SIGNS)
_MAY_BE_WRONG = (
    f"t.transaction_history IS NOT NULL AND ({_IS_MINT} OR t.history_as_text = '[]' OR {_ARE_OWN}) IS NOT TRUE"
)

_IS_NO_LIST = f"json_typeof({_HISTORY}) <> 'array'"
# json_to_recordset reads the text once for all fields. It stumbles over entries that are no objects, and over what is no text to
# PostgreSQL though it is JSON: NUL (U+0000) and half a surrogate pair.
_WRONG = f"""SELECT e.id, e."nftId"
 FROM json_to_recordset({_HISTORY}) AS e(id text, "nftId" text, type text, "from" text, "to" text, timestamp text)
 WHERE e.id IS NULL OR e."from" IS NULL OR e."to" IS NULL OR e.timestamp IS NULL OR e."nftId" IS DISTINCT FROM t.id
 OR e.type IS NULL OR e.type NOT IN ('mint', 'sale', 'trade', 'transfer')"""
_HAS_STRANGER = f"EXISTS (SELECT FROM json_array_elements({_HISTORY}) AS e WHERE json_typeof(e) <> 'object')"
# A backslash that is escaped itself begins no \u, and keeps what is before it from what is behind.
_ESCAPES = rf"replace({_TEXT}, '\\', '/')"
_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_IS_NO_TEXT = (
    f"strpos({_TEXT}, '\\u') > 0 AND (strpos({_ESCAPES}, '\\u0000') > 0"
    f" OR regexp_replace({_ESCAPES}, '{_PAIR}', '', 'g') ~ '\\\\u[dD][89a-fA-F]')"
)

CHECK = Check(
    name="transaction-history",
    summary="Items whose history is not a list of their own transactions.",
    tags=("integrity", "values"),
    level=Level.error,
    why="transaction_history is a list of objects, each with id, nftId, type (mint, sale, trade or transfer), from, to and"
    " timestamp, and with the item's own id as nftId. Who owned an item when, and for how much, is written nowhere else."
    " NULL is no history, and in order.",
    remedy="Take the entries out that are not the item's own; where the list is broken, look for it in a backup.",
    rows=(
        RowRule(
            "nft_items",
            f"CASE WHEN {_IS_NO_LIST} OR {_IS_NO_TEXT} THEN true"
            f" WHEN t.transaction_history IS NOT NULL THEN CASE WHEN {_HAS_STRANGER} THEN true ELSE EXISTS ({_WRONG}) END END",
            f"CASE WHEN {_IS_NO_LIST} THEN format('transaction_history is a JSON %s', json_typeof({_HISTORY}))"
            f" WHEN {_HAS_STRANGER} THEN 'transaction_history holds something other than transactions'"
            f" WHEN {_IS_NO_TEXT} THEN 'transaction_history holds a character that no text may hold'"
            f' ELSE (SELECT CASE WHEN e."nftId" <> t.id THEN format(\'transaction %L is of the item %L\', e.id, e."nftId")'
            f" ELSE format('transaction %L is not complete', e.id) END FROM ({_WRONG} LIMIT 1) AS e) END",
            "SELECT id, transaction_history FROM {table} WHERE {key};",
            joins=(_SHOWN, _MARKED),
            screen=_MAY_BE_WRONG,
            late=("id", "transaction_history"),
        ),
    ),
)
