"""A cell of users with what their booths and their items have in common, made once for both."""

from dataclasses import dataclass

from alphanest_db.seeding.synthetic.draws import Ints
from alphanest_db.seeding.synthetic.items import Items, items_of
from alphanest_db.seeding.synthetic.people import usernames
from alphanest_db.seeding.synthetic.world import World


@dataclass(frozen=True)
class Cell:
    """Some users, by their places on the platform; in the lists and in `items`, by their places in the cell."""

    users: Ints
    joined: Ints
    user_ids: list[str]
    names: list[str]
    booth_ids: list[str]
    items: Items

    @classmethod
    def of(cls, world: World, users: Ints) -> "Cell":
        """The cell that has the users at these places."""
        joined = world.people.joined(users)
        return cls(
            users, joined, world.user_ids(users), usernames(world.draws, world.parameters.seed, users),
            world.ids("booth", users, joined), items_of(world, users, joined),
        )  # fmt: skip
