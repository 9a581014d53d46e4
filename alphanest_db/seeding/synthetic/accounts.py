"""Rows of users and of their subscriptions."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from alphanest_db.models.values import DEFAULT_AVATAR, PlanType, SubscriptionStatus
from alphanest_db.seeding.synthetic.draws import Ints, field
from alphanest_db.seeding.synthetic.people import email, usernames
from alphanest_db.seeding.synthetic.rhythm import DAY
from alphanest_db.seeding.synthetic.text import NULL
from alphanest_db.seeding.synthetic.world import World

_AVATARS = (DEFAULT_AVATAR, "🥷", "🌆", "🐱", "🦊", "🤖", "👾", "🐉", "🦉", "🐺", "🎭", "🚀", "💎", "⚡", "🌙", "🔥")

_TRIAL = 14 * DAY
_PERIODS = (30 * DAY, 365 * DAY)
_PLANS = (PlanType.monthly.value, PlanType.annual.value)
# Of a hundred: who pays already during the trial; who pays, and who left, at its end; what a year changes about that.
_EARLY, _PAYING, _LEFT, _YEARLY_LOSS = 12, 58, 16, 24
_ANNUAL = 22
_INACTIVE, _CHANGED = 3, 60


@dataclass(frozen=True)
class Subscribing:
    """What some users have subscribed to, by place; `stripe` is what makes their ids at Stripe, "" for those who never paid."""

    status: list[str]
    plan: list[str]
    next_bill: list[str]
    changed: list[str]
    stripe: list[str]

    @classmethod
    def of(cls, world: World, places: Ints, joined: Ints) -> "Subscribing":
        """By the age of the account: nobody tries for longer than two weeks, and the longer ago, the more have left."""
        bits = world.draws.bits("subscriptions", places)
        age = world.end - joined
        lot, annual = field(bits, 0, 24) % 100, (field(bits, 24, 20) % 100 < _ANNUAL).astype(np.int64)
        lost = np.minimum(_YEARLY_LOSS * age // (365 * DAY), 2 * _YEARLY_LOSS - 8)
        tries = age < _TRIAL
        pays = np.where(tries, lot < _EARLY, lot < _PAYING - lost)
        left = ~tries & ~pays & (lot >= 100 - _LEFT - lost // 2)
        period = np.array(_PERIODS)[annual]
        billed = joined + age // period * period
        due = joined + _TRIAL
        cancelled = world.later("cancelled", places, np.minimum(due, world.end - 1))
        return cls(
            [_status(*each) for each in zip(tries.tolist(), pays.tolist(), left.tolist(), strict=True)],
            [_PLANS[each] for each in annual.tolist()],
            world.moments.strings(np.where(pays, billed + period, np.where(left, 0, due))),
            world.moments.strings(np.where(pays, billed, np.where(tries, 0, np.where(left, cancelled, due)))),
            [f"{each:016x}" if paid else "" for each, paid in zip(bits.tolist(), (pays | left).tolist(), strict=True)],
        )  # fmt: skip


def user_rows(world: World, places: Ints) -> Iterator[bytes]:
    """The rows of the users at these places, as COPY text."""
    joined = world.people.joined(places)
    subscribing = Subscribing.of(world, places, joined)
    bits = world.draws.bits("users", places)
    changed = np.where(field(bits, 0, 20) % 100 < _CHANGED, world.later("user changes", places, joined), 0)
    columns = zip(
        places.tolist(), world.user_ids(places), usernames(world.draws, world.parameters.seed, places),
        field(bits, 20, 8).tolist(), field(bits, 28, 4).tolist(), (field(bits, 32, 20) % 100 >= _INACTIVE).tolist(),
        subscribing.stripe, world.moments.strings(joined), world.moments.strings(changed), strict=True,
    )  # fmt: skip
    hashes = world.password_hashes
    for place, id_, name, lot, avatar, is_active, stripe, created, updated in columns:
        customer = f"cus_{stripe}" if stripe else NULL
        yield (
            f"{id_}\t{email(name)}\t{name}\t{hashes[lot % len(hashes)]}\t{customer}\t{world.stored_key(place + 1)}"
            f"\t{_AVATARS[avatar]}\t{'t' if is_active else 'f'}\t{created}\t{updated}\n"
        ).encode()


def subscription_rows(world: World, places: Ints) -> Iterator[bytes]:
    """The rows of the subscriptions of the users at these places, as COPY text."""
    joined = world.people.joined(places)
    subscribing = Subscribing.of(world, places, joined)
    columns = zip(
        world.ids("subscription", places, joined), world.user_ids(places), subscribing.status, subscribing.plan,
        subscribing.stripe, subscribing.next_bill, world.moments.strings(joined), subscribing.changed, strict=True,
    )  # fmt: skip
    for id_, user_id, status, plan, stripe, next_bill, created, updated in columns:
        subscription = f"sub_{stripe}" if stripe else NULL
        yield f"{id_}\t{user_id}\t{status}\t{plan}\t{subscription}\t{next_bill}\t{created}\t{updated}\n".encode()


def _status(tries: bool, pays: bool, left: bool) -> str:
    if pays:
        return SubscriptionStatus.active.value
    if tries:
        return SubscriptionStatus.trial.value
    return (SubscriptionStatus.cancelled if left else SubscriptionStatus.expired).value
