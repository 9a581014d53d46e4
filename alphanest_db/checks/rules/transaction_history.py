"""Items whose history is not a list of their own transactions."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Computed, RowRule

_HISTORY = "t.transaction_history::json"
_TEXT = "t.transaction_history::text"

# Almost every history is the one entry of a mint, as the platform, PostgreSQL or a browser writes it. A text of one of these forms
# with no more than five commas has six values, five of them in quotes, which without a backslash mean what they show.
_FORMS = ", ".join(
    '\'[{{"id"{0}"%"{1}"nftId"{0}"%"{1}"type"{0}"mint"{1}"from"{0}"%"{1}"to"{0}"%"{1}"timestamp"{0}1%\''.format(*signs)
    for signs in ((": ", ", "), (" : ", ", "), (":", ","))
)
_SHOWN = Computed("history_as_text", _TEXT)
_IS_MINT = (
    f"t.history_as_text LIKE ANY (ARRAY[{_FORMS}]) AND t.history_as_text NOT LIKE '%,%,%,%,%,%,%'"
    " AND split_part(t.history_as_text, '\"', 8) = t.id AND strpos(t.history_as_text, '\\') = 0"
)
_MAY_BE_WRONG = f"t.transaction_history IS NOT NULL AND ({_IS_MINT} OR t.history_as_text = '[]') IS NOT TRUE"

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
            joins=(_SHOWN,),
            screen=_MAY_BE_WRONG,
            late=("id", "transaction_history"),
        ),
    ),
)
