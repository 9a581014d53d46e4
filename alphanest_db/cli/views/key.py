"""How the answers of `alphanest key` look."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.accounts.key_check import KeyCheck
    from alphanest_db.accounts.key_list import KeyEntry
    from alphanest_db.accounts.one_key import NewKey, RevokedKey
    from alphanest_db.workflows.keys import HardenedKeys, KeysPlan, RevokePlan, RotatedKeys

GATEWAYS_FIRST = (
    "before: every gateway must look keys up by alphanest_db.accounts.authenticate, which knows both forms. "
    "One that compares users.api_key with the key it is shown refuses hashed keys, from the first batch on."
)


def new_key_view(new: "NewKey") -> View:
    """The key in a line of its own, so that no narrow terminal breaks it."""
    kept = (
        "the database keeps only its hash" if new.storage == "hashed" else "the database holds it in the clear as well"
    )
    lines = [f"the key of {new.username} ({new.email}):", new.key, f"It is shown this once; {kept}."]
    if not new.is_active:
        lines.append("This user is not active: the key opens nothing until that changes.")
    return [Lines(lines)]


def revoke_plan_view(plan: "RevokePlan") -> View:
    """Who would lose a key."""
    user = plan.user
    return [Lines([f"takes the key of {user.username} ({user.email}, id {user.id}) away: it stops working at once"])]


def revoked_view(revoked: "RevokedKey") -> View:
    """Who lost it."""
    return [Lines([f"{revoked.username} ({revoked.email}) has no key any more"])]


def check_view(check: "KeyCheck") -> View:
    """Whose a key is."""
    if not check.is_known:
        return [
            Lines(["this key is nobody's" if check.prefix else "this is no API key: it looks like ak_ and 32 letters"])
        ]
    rows = [
        ("key", f"{check.prefix}…"),
        ("user", check.username),
        ("e-mail", check.email),
        ("id", check.user_id),
        ("active", check.is_active),
        ("storage", check.storage),
    ]
    return [Grid(("what", "value"), rows, is_answer=False)]


def keys_grid(entries: Sequence["KeyEntry"]) -> Grid:
    """Some of the keys."""
    rows = [(e.prefix, e.user_id, e.username, e.email, e.storage, e.is_active) for e in entries]
    return Grid(("prefix", "user id", "username", "e-mail", "storage", "active"), rows)


def rotation_plan_view(plan: "KeysPlan") -> View:
    """How many keys would end."""
    return [Lines([f"replaces {plural(plan.keys, 'key')} in {plan.database}: the old ones stop working at once"])]


def rotated_view(rotated: "RotatedKeys") -> View:
    """Where the new keys are."""
    return [Lines([f"{plural(rotated.keys, 'new key')} in {rotated.file}, and nowhere else"])]


def harden_plan_view(plan: "KeysPlan") -> View:
    """How many keys would be hashed, and who must know first."""
    if not plan.keys:
        return [Lines([f"{plan.database} holds no plain key"])]
    return [Lines([f"hashes {plural(plan.keys, 'plain key')} in {plan.database}; the keys stay the same"])]


def hardened_view(hardened: "HardenedKeys") -> View:
    """How many keys are hashed now."""
    lines = [f"hashed {plural(hardened.hardened, 'key')} in {hardened.database}"]
    if hardened.still_plain:
        lines.append(
            f"{plural(hardened.still_plain, 'key')} still plain: issued meanwhile by somebody who stores them so, "
            "or the hash of one is held by another user already"
        )
    return [Lines(lines)]
