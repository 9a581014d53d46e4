"""A process of `alphanest seed synthetic` that makes rows: `python -m alphanest_db.workflows.synthetic_worker`.

Reads from stdin what it is to make, and writes rows to stdout, both for the process that started it.
"""

import json
import sys
from functools import partial

from alphanest_db.accounts.development_keys import stored_development_key
from alphanest_db.seeding.synthetic.parameters import Request
from alphanest_db.seeding.synthetic.worker import write_blocks
from alphanest_db.seeding.synthetic.world import World
from alphanest_db.settings import KeyStorage


def main() -> None:
    """Make what is asked for."""
    order = json.load(sys.stdin)
    request = Request.from_json(order["request"])
    world = World.of(request, partial(_stored_key, request.parameters.seed, KeyStorage(request.key_storage)))
    write_blocks(world, order["tables"], order["binary"], order["number"], order["workers"], sys.stdout.buffer)


def _stored_key(seed: int, storage: KeyStorage, number: int) -> str:
    return stored_development_key(seed, number, storage)


if __name__ == "__main__":
    main()
