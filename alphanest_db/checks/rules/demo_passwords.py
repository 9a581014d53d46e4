"""Accounts with the demo password where real people trade."""

import time
from collections.abc import Iterator

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level, Skip
from alphanest_db.database.identifiers import literal, statement
from alphanest_db.units import plural

# bcrypt is slow on purpose: a quarter of a second for each password.
_SECONDS = 3.0
_MOST = 1000


def _look(ground: Ground) -> Iterator[Finding]:
    if ground.is_quiet:
        raise Skip(f"in {ground.environment} the demo password is welcome")
    demo = ground.platform.demo()
    users = ask(ground, "demo_passwords", names=[name.lower() for name in demo.names], most=_MOST)
    end = time.monotonic() + _SECONDS
    tried: dict[str, bool] = {}
    for number, user in enumerate(users):
        if time.monotonic() > end and not user.is_demo:
            raise Skip(f"the demo password was tried on {plural(number, 'account')}, and there are more")
        if user.hash not in tried:
            tried[user.hash] = ground.platform.verify(demo.password, user.hash)
        if tried[user.hash]:
            mend = statement("UPDATE users SET hashed_password = '!' WHERE id = {};", literal(user.id))
            said = f"{user.username!r} has the password of the demo accounts"
            yield Finding("users", {"id": user.id}, said, str(mend.as_string(ground.connection)))
    if len(users) == _MOST:
        raise Skip(f"the demo password was tried on {plural(_MOST, 'account')}, and there may be more")


CHECK = Check(
    name="demo-passwords",
    summary="Accounts with the demo password in staging or production.",
    tags=("security", "accounts"),
    level=Level.error,
    why="The demo password is in the documentation. Trying it costs what a login costs, so that it is tried for three"
    " seconds: on the demo accounts first, then on the oldest ones. In development and test the check is skipped.",
    remedy="Lock the account and let its owner set a new password.",
    look=_look,
    by_hand="alphanest user list",
)
