"""What a gateway needs: whose an API key is, and whether a password is right.

Not empty, as `__init__.py` is elsewhere: these two names are promised to others under this package's own name. They are
loaded when they are asked for, because every module of the package passes through here, the light ones too.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alphanest_db.accounts.authentication import authenticate
    from alphanest_db.accounts.passwords import verify_password

__all__ = ["authenticate", "verify_password"]

_MODULES = {"authenticate": "authentication", "verify_password": "passwords"}


def __getattr__(name: str) -> Any:  # Any: whichever of the two it is (PEP 562)
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
