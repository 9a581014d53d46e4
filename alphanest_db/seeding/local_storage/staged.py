"""Records as they are staged: one field for each column of their temporary table."""

from dataclasses import dataclass

from alphanest_db.seeding.local_storage.reading import Kind


@dataclass(frozen=True, slots=True)
class StagedUser:
    """A user of the list; `known_at` is the time to which the record is true."""

    place: int
    path: str
    at: str
    source_id: str
    id: str
    username: str
    email: str
    avatar: str
    bio: str | None
    created_at: str | None
    known_at: str | None
    leftover: str | None
    record: str


@dataclass(frozen=True, slots=True)
class StagedBooth:
    """A booth; `username` is one that can be registered, where the booth names one."""

    place: int
    path: str
    at: str
    user_id: str
    username: str | None
    avatar: str | None
    bio: str | None
    theme: str
    layout: str
    popularity: int
    reputation: int
    total_sales: int
    total_volume: float
    items_sold: int
    active_listings: int | None
    total_views: int
    created_at: str | None
    known_at: str | None
    leftover: str | None
    record: str


@dataclass(frozen=True, slots=True)
class StagedItem:
    """An item, of the list or of a booth's listings (`listed_by` is that booth's user). Times are milliseconds;
    `known_at` is that of its last transaction."""

    place: int
    path: str
    at: str
    id: str
    name: str
    description: str | None
    image_url: str
    price: float
    rarity: str
    creator_id: str
    creator: str
    owner_id: str
    listed_by: str | None
    featured: bool
    views: int
    favorites: int
    sales: int
    attributes: str
    history: str
    created_at: int
    known_at: int
    updated_at: int | None
    leftover: str | None
    record: str


Staged = StagedUser | StagedBooth | StagedItem
KINDS: dict[type[Staged], Kind] = {StagedUser: Kind.user, StagedBooth: Kind.booth, StagedItem: Kind.item}
