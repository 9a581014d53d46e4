"""Page by page on the command line."""

import shlex
from typing import TYPE_CHECKING, Any

from alphanest_db.cli.render import say

if TYPE_CHECKING:
    from alphanest_db.accounts.paging import Page, PageRequest


def page_request(limit: int, after: str | None, *, everything: bool, is_time: bool = False) -> "PageRequest":
    """What --limit, --after and --all ask for. Raises InvalidInput for a place where no page ends."""
    from alphanest_db.accounts.paging import PageRequest, Position

    position = None if after is None else Position.read(after, is_time=is_time)
    return PageRequest(None if everything else limit, position)


def tell_next(page: "Page[Any]") -> None:  # Any: whatever the page is of
    """How to go on, where there is more."""
    if page.next_after is not None:
        say(f"more: --after {shlex.quote(page.next_after)}")
