"""Whether the server has room for a copy, as far as that can be known from here."""

from alphanest_db.errors import Refused
from alphanest_db.units import human_bytes


def check_room(size_bytes: int | None, free_bytes: int | None, *, insist: bool) -> tuple[str, ...]:
    """Notes on what is not known. Raises Refused where the copy cannot fit, unless the user insists.

    >>> check_room(4096, None, insist=False)
    ('the copy takes about 4.0 KiB, and how much room the server has is not known',)
    """
    if size_bytes is None:
        return ("how much room the copy takes is not known",)
    if free_bytes is None:
        return (f"the copy takes about {human_bytes(size_bytes)}, and how much room the server has is not known",)
    if free_bytes < size_bytes and not insist:
        raise Refused(
            f"the copy takes about {human_bytes(size_bytes)}, and the server has room for {human_bytes(free_bytes)}",
            "Free some space, or add --yes if you know better.",
        )
    return ()
