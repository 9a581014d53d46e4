"""How fast leaked keys are looked for, beside `grep -rEa` for the same form.

On one file of text without a key, on the many small files of the installed packages, and on a gzip file, where the rival is
`zgrep`. Wall time depends on who else is at work; the processor's time of a scan is printed too.
"""

import gzip
import os
import random
import resource
import shutil
import tempfile
from pathlib import Path

from alphanest_db.accounts.scanning.scan import scan_paths
from benchmarks.measuring import BIN, Contender, compare, environment

TEXT_BYTES = 400_000_000
FORM = "ak_[A-Za-z0-9]{32}"
ROUNDS = 5


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        text = Path(folder) / "text"
        _write_text(text)
        packed = Path(folder) / "text.gz"
        with text.open("rb") as plain, gzip.open(packed, "wb", compresslevel=6) as file:
            shutil.copyfileobj(plain, file)
        many = Path(folder) / "many"
        shutil.copytree(BIN.parent / "lib", many, symlinks=True)
        for name, path, rival in (
            ("one file of text", text, ["grep", "-rEa", FORM]),
            ("many small files", many, ["grep", "-rEa", FORM]),
            ("a gzip file", packed, ["zgrep", "-Ea", FORM]),
        ):
            _compare(name, path, rival)


def _compare(name: str, path: Path, rival: list[str]) -> None:
    scanned, seconds = _processor_seconds(path)
    print(f"\n{name}: {scanned / 1e6:.0f} MB read, {scanned / 1e6 / seconds:.0f} MB/s of one core")
    ours = [str(BIN / "alphanest"), "key", "scan", "--no-database", str(path)]
    found = "; test $? -le 1"  # grep says 1 where it finds nothing
    theirs = ["sh", "-c", " ".join([*(f"'{word}'" for word in rival), f"'{path}'", ">/dev/null"]) + found]
    contenders = [Contender("alphanest key scan", ours), Contender(rival[0], theirs)]
    compare(name, contenders, environment(), rounds=ROUNDS)


def _processor_seconds(path: Path) -> tuple[int, float]:
    """How many bytes came out of the file, and the time on the processor, without the start of the program."""

    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    begun = used()
    scanned = scan_paths([path], dict(os.environ), history=False)
    seconds = used() - begun
    size = TEXT_BYTES if path.suffix == ".gz" else scanned.looked_at.size_bytes
    return size, seconds


def _write_text(path: Path) -> None:
    chance = random.Random(1)
    words = [
        "".join(chance.choices("abcdefghijklmnopqrstuvwxyz_ 0123456789", k=chance.randint(2, 12))) for _ in range(5000)
    ]
    block = "\n".join(" ".join(chance.choices(words, k=12)) for _ in range(100_000)).encode()
    with path.open("wb") as file:
        while file.tell() < TEXT_BYTES:
            file.write(block)
