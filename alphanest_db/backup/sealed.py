"""JSON documents that no flipped byte goes unseen in: their bytes are the one form of their content, with its SHA-256 in it."""

import hashlib
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alphanest_db.errors import BackupDamaged

_SEAL = "sha256"
_LARGEST_BYTES = 256 << 20
# Any in this file: a document's content is whatever JSON can hold.


def seal(content: Mapping[str, Any]) -> bytes:
    """The document: readable JSON, sorted, in ASCII, with the SHA-256 of all the rest as its member `sha256`.

    >>> seal({"a": 1})[:15]
    b'{\\n  "a": 1,\\n  "'
    """
    return _form({**content, _SEAL: _checksum(content)})


def unseal(document: bytes, source: Path) -> dict[str, Any]:
    """The content of a document from `source`. Raises BackupDamaged unless each byte is as `seal` writes it."""
    try:
        sealed = json.loads(document.decode("ascii"))
        content = {key: value for key, value in sealed.items() if key != _SEAL}
        intact = _form({**content, _SEAL: _checksum(content)}) == document
    except (ValueError, AttributeError, RecursionError) as error:
        raise BackupDamaged(source, "it is not the JSON that was written") from error
    if not intact:
        raise BackupDamaged(source, "it is not what was written: its own SHA-256 does not fit")
    return content


def read_sealed(path: Path) -> dict[str, Any]:
    """The content of a document in a file. Raises BackupDamaged, also where the file cannot be read."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a FIFO, say, on which reading would wait
            raise BackupDamaged(path, "it is no ordinary file")
        if found.st_size > _LARGEST_BYTES:
            raise BackupDamaged(path, "it is far larger than any that was written")
        return unseal(path.read_bytes(), path)
    except OSError as error:
        raise BackupDamaged(path, f"it cannot be read: {error.strerror}") from error


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_form(content)).hexdigest()


def _form(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return text.encode("ascii") + b"\n"
