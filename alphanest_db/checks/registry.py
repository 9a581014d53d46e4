"""Which checks there are: every module in `rules/` that defines CHECK is one."""

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from alphanest_db.checks import rules
from alphanest_db.checks.model import Check
from alphanest_db.errors import InvalidInput


@cache
def all_checks() -> tuple[Check, ...]:
    """All checks, by name."""
    modules = (
        importlib.import_module(f"{rules.__name__}.{found.name}") for found in pkgutil.iter_modules(rules.__path__)
    )
    return tuple(sorted((module.CHECK for module in modules), key=lambda check: check.name))


def get_check(name: str) -> Check:
    """The check of that name. Raises InvalidInput."""
    for check in all_checks():
        if check.name == name:
            return check
    raise _unknown("check", name, [check.name for check in all_checks()])


def choose_checks(tags: Iterable[str] = (), *, only: Iterable[str] = (), skip: Iterable[str] = ()) -> tuple[Check, ...]:
    """The checks with one of the tags (all without any), then of those the ones that `only` and not `skip` name, by name or tag.

    Raises InvalidInput for a name that is neither, and where nothing is left.
    """
    group, only, skip = set(tags), list(only), list(skip)
    for word in (*only, *skip):
        _require_known(word)
    chosen = tuple(
        check
        for check in all_checks()
        if (not group or group & set(check.tags))
        and (not only or _is_named(check, only))
        and not _is_named(check, skip)
    )
    if not chosen:
        raise InvalidInput("no check is left to run", "`alphanest check list` shows names and tags.")
    return chosen


def all_tags() -> tuple[str, ...]:
    """All tags that a check has."""
    return tuple(sorted({tag for check in all_checks() for tag in check.tags}))


def _is_named(check: Check, words: Iterable[str]) -> bool:
    return any(word == check.name or word in check.tags for word in words)


def _require_known(word: str) -> None:
    known = [*(check.name for check in all_checks()), *all_tags()]
    if word not in known:
        raise _unknown("check or tag", word, known)


def _unknown(what: str, word: str, known: list[str]) -> InvalidInput:
    near = difflib.get_close_matches(word, known)
    suggestion = f"Did you mean {' or '.join(near)}? " if near else ""
    return InvalidInput(f"there is no {what} {word!r}", f"{suggestion}`alphanest check list` shows what there is.")
