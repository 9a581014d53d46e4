"""Sessions that act as another role than the one that logged in."""

import re
from dataclasses import replace

from alphanest_db.database.target import Target

_ESCAPED = re.compile(r"[\\ ]")


def acting_as(target: Target, role: str) -> Target:
    """The same target, in which whatever is made belongs to `role`, which the target's user is, or is a member of.

    >>> acting_as(Target("db", 5432, "root", "nest"), "anna b").options["options"]
    '-c role=anna\\\\ b'
    >>> acting_as(Target("db", 5432, "anna", "nest"), "anna").options
    {}
    """
    if role == target.user:
        return target
    given = target.options.get("options", "")
    said = f"-c role={_ESCAPED.sub(lambda found: chr(92) + found[0], role)}"
    return replace(target, options={**target.options, "options": f"{given} {said}".strip()})
