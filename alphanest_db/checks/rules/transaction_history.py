"""Items whose history is not a list of their own transactions."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule

_HISTORY = "t.transaction_history::json"
_IS_NO_LIST = f"json_typeof({_HISTORY}) <> 'array'"
# json_to_recordset reads the text once for all fields. It stumbles over entries that are no objects, and over what is no text to
# PostgreSQL though it is JSON: NUL (U+0000) and half a surrogate pair.
_WRONG = f"""SELECT e.id, e."nftId"
 FROM json_to_recordset({_HISTORY}) AS e(id text, "nftId" text, type text, "from" text, "to" text, timestamp text)
 WHERE e.id IS NULL OR e."from" IS NULL OR e."to" IS NULL OR e.timestamp IS NULL OR e."nftId" IS DISTINCT FROM t.id
 OR e.type IS NULL OR e.type NOT IN ('mint', 'sale', 'trade', 'transfer')"""
_HAS_WRONG = f"CASE WHEN {_IS_NO_LIST} THEN true WHEN t.transaction_history IS NOT NULL THEN EXISTS ({_WRONG}) END"
_HAS_STRANGER = f"EXISTS (SELECT FROM json_array_elements({_HISTORY}) AS e WHERE json_typeof(e) <> 'object')"
# A backslash that is escaped itself begins no \u.
_ESCAPES = r"replace(t.transaction_history::text, '\\', '')"
_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_IS_NO_TEXT = (
    f"strpos({_ESCAPES}, '\\u0000') > 0 OR regexp_replace({_ESCAPES}, '{_PAIR}', '', 'g') ~ '\\\\u[dD][89a-fA-F]'"
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
            _HAS_WRONG,
            f"CASE WHEN {_IS_NO_LIST} THEN format('transaction_history is a JSON %s', json_typeof({_HISTORY}))"
            f" WHEN {_HAS_STRANGER} THEN 'transaction_history holds something other than transactions'"
            f" WHEN {_IS_NO_TEXT} THEN 'transaction_history holds a character that no text may hold'"
            f' ELSE (SELECT CASE WHEN e."nftId" <> t.id THEN format(\'transaction %L is of the item %L\', e.id, e."nftId")'
            f" ELSE format('transaction %L is not complete', e.id) END FROM ({_WRONG} LIMIT 1) AS e) END",
            "SELECT id, transaction_history FROM {table} WHERE {key};",
            careful=f"CASE WHEN {_IS_NO_LIST} OR {_IS_NO_TEXT} THEN true"
            f" WHEN t.transaction_history IS NOT NULL THEN CASE WHEN {_HAS_STRANGER} THEN true ELSE EXISTS ({_WRONG}) END END",
        ),
    ),
)
