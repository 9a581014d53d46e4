"""Items whose attributes are not a JSON object."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule

CHECK = Check(
    name="attributes-form",
    summary="Items whose attributes are not a JSON object.",
    tags=("integrity", "values"),
    level=Level.error,
    why="The platform reads collection, edition and the like from nft_attributes by name. From a list, a text, a number"
    " or JSON's null it reads nothing, or breaks. NULL is no attributes, and in order.",
    remedy="Put the attributes in an object, or set the column to {}.",
    rows=(
        RowRule(
            "nft_items",
            "json_typeof(t.nft_attributes::json) <> 'object'",
            "format('nft_attributes is a JSON %s', json_typeof(t.nft_attributes::json))",
            "UPDATE {table} SET nft_attributes = '{{}}' WHERE {key};",
        ),
    ),
)
