"""Where items belong: questions that one look-up answers for almost every item.

Nearly all items stand in the booth of their owner, who made them. Where the user of that booth is there and is the owner, so are
booth, owner and creator, and nothing else has to be looked up. Looking ids up in tables that are larger than the processor's
cache is what checks on links spend their time with.
"""

from alphanest_db.checks.rows import DELETE, Lookup, Presence, RowRule

MOVE = "UPDATE {table} SET booth_id = (SELECT id FROM market_booths WHERE user_id = owner_id) WHERE {key};"

_HOME = Lookup("booth_id", "market_booths", further=Lookup("user_id", "users", named="keeper"), named="home")
_OWNER = Presence("owner_id", "users", "owner", rare=True)
_CREATOR = Presence("creator_id", "users", "creator")

_AT_HOME = "(home.keeper_is_there AND home.user_id = t.{})"
_AWAY = f"{_AT_HOME.format('owner_id')} IS NOT TRUE"
_NO_BOOTH = "home.id IS NULL"

WITHOUT_BOOTH = RowRule(
    "nft_items",
    _NO_BOOTH,
    "CASE WHEN t.booth_id IS NULL THEN 'is in no booth' ELSE format('booth %L is not there', t.booth_id) END",
    MOVE,
    (_HOME,),
    screen=_AWAY,
)
IN_FOREIGN_BOOTH = RowRule(
    "nft_items",
    "home.user_id <> t.owner_id AND owner.is_there",
    "format('owned by %L, in the booth of %L', t.owner_id, home.user_id)",
    MOVE,
    (_HOME, _OWNER),
    screen=_AWAY,
)
WITHOUT_CREATOR = RowRule(
    "nft_items",
    f"{_AT_HOME.format('creator_id')} IS NOT TRUE AND t.creator_id IS NOT NULL AND creator.is_there IS NOT TRUE",
    "format('creator_id is %L, which is not among users.id', t.creator_id)",
    joins=(_HOME, _CREATOR),
)
# The rules of the foreign keys of items, by their columns.
ORPHANS = {
    "owner_id": RowRule(
        "nft_items",
        "t.owner_id IS NOT NULL AND owner.is_there IS NOT TRUE",
        "format('owner_id is %L, which is not among users.id', t.owner_id)",
        DELETE,
        (_HOME, _OWNER),
        screen=_AWAY,
    ),
    "booth_id": RowRule(
        "nft_items",
        f"t.booth_id IS NOT NULL AND {_NO_BOOTH}",
        "format('booth_id is %L, which is not among market_booths.id', t.booth_id)",
        MOVE,
        (_HOME,),
        screen=_AWAY,
    ),
}
