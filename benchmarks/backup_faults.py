"""Backups that are killed, run out of disk, or lose their connection: how many leave anything, or claim to be a backup.

Goal: none. Every backup that is listed afterwards has all its bytes, the next backup succeeds, and no process is left.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from alphanest_db.backup.checksums import verify_checksums
from alphanest_db.backup.store import Store
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError
from benchmarks.measuring import ROOT, environment
from tests.conftest import new_database
from tests.servers import execute, fetch, installations, running_server

KILLS, DISKS, DROPS = 200, 20, 50
SEED = 4
ROWS = 40_000
FORMS = ("custom", "directory", "plain.gz")
BIG = (
    "CREATE TABLE big AS SELECT n, (SELECT string_agg(sha256((n * 100 + i)::text::bytea), '') FROM generate_series(1, 8) AS i) AS t"
    f" FROM generate_series(1, {ROWS}) AS n"
)
OURS = "application_name = 'alphanest backup'"
SUCCEEDED, KILLED = 0, -9


@dataclass(frozen=True)
class Scene:
    """A database that takes a while to dump, and a folder for its backups."""

    target: Target
    store: Store
    environ: Mapping[str, str]
    chance: random.Random

    def any_form(self) -> str:
        """A random one."""
        return self.chance.choice(FORMS)

    def start(self, form: str, *before: str) -> "subprocess.Popen[bytes]":
        """A backup of that form, behind a command that runs it."""
        command = [
            *before, sys.executable, "-m", "alphanest_db", "backup", "--format", form, "--to", str(self.store.folder),
        ]  # fmt: skip
        return subprocess.Popen(
            command, env=dict(self.environ), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


def main() -> None:
    """Print how often what was promised was not kept."""
    with tempfile.TemporaryDirectory(prefix="anest-") as name:
        Path(name).chmod(0o755)
        with (
            running_server(installations()[0], Path(name) / "server") as server,
            new_database(server, "template0") as target,
        ):
            execute(target, BIG)
            environ = environment(DATABASE_URL=target.url(show_password=True), ALPHANEST_HOME=f"{name}/home")
            scene = Scene(target, Store(Path(name) / "backups"), environ, random.Random(SEED))
            usual = {form: min(_seconds(scene, form) for _time in range(2)) for form in FORMS}
            _report("killed (-9) at a random moment", [_kill(scene, usual) for _round in range(KILLS)])
            _report("ran out of disk", [_fill_disk(scene, level) for level in range(DISKS)])
            _report("lost a connection", [_drop(scene, usual) for _round in range(DROPS)])


def _report(what: str, rounds: list[tuple[int, str]]) -> None:
    violations = [violation for _code, violation in rounds if violation]
    finished = sum(code == SUCCEEDED for code, _violation in rounds)
    print(f"{len(rounds)} backups {what}: {finished} had finished before; {len(violations)} violations (seed {SEED})")
    for violation in sorted(set(violations)):
        print(f"  {violations.count(violation)} x {violation}")


def _seconds(scene: Scene, form: str) -> float:
    begun = time.monotonic()
    assert scene.start(form).wait() == SUCCEEDED
    return time.monotonic() - begun


def _kill(scene: Scene, usual_seconds: Mapping[str, float]) -> tuple[int, str]:
    form = scene.any_form()
    process = scene.start(form)
    time.sleep(scene.chance.uniform(0, usual_seconds[form]))
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    code = process.wait()
    _gone, alive = psutil.wait_procs(children, timeout=20)
    return code, "a program was left running" if alive else _broken(scene, code, may_leave=True)


def _fill_disk(scene: Scene, level: int) -> tuple[int, str]:
    """No file may get larger than the limit, which the shell sets in KiB."""
    limit_kib = 1 + level * 600
    code = scene.start(scene.any_form(), "bash", "-c", f'ulimit -f {limit_kib}; exec "$@"', "bash").wait()
    return code, _broken(scene, code)


def _drop(scene: Scene, usual_seconds: Mapping[str, float]) -> tuple[int, str]:
    """The server ends one of our sessions, whichever."""
    form = scene.any_form()
    process = scene.start(form)
    end = time.monotonic() + scene.chance.uniform(0, usual_seconds[form])
    while time.monotonic() < end or process.poll() is None:
        query = f"SELECT pid FROM pg_stat_activity WHERE {OURS} ORDER BY random() LIMIT 1"
        if time.monotonic() >= end and (found := fetch(scene.target, query)):
            execute(scene.target, f"SELECT pg_terminate_backend({found[0][0]})")
            break
        time.sleep(0.01)
    code = process.wait()
    return code, _broken(scene, code)


def _broken(scene: Scene, code: int, *, may_leave: bool = False) -> str:
    """What is not as it should be after a backup that ended with this code; a killed one's rest may lie hidden until the next."""
    checks: list[tuple[str, Callable[[], bool]]] = [
        ("an exit code that is not one of a failure", lambda: code in (SUCCEEDED, KILLED, 3, 4)),
        ("a listed backup is damaged", lambda: not scene.store.list().damaged and all(_is_whole(scene))),
        ("it failed and left something", lambda: may_leave or not list(scene.store.folder.glob(".partial-*"))),
        ("the next backup failed", lambda: scene.start(scene.any_form()).wait() == SUCCEEDED),
        ("the next backup did not clean up", lambda: not list(scene.store.folder.glob(".partial-*"))),
        (
            "a session was left",
            lambda: fetch(scene.target, f"SELECT count(*) FROM pg_stat_activity WHERE {OURS}") == [(0,)],
        ),
    ]
    violation = next((what for what, holds in checks if not holds()), "")
    for backup in scene.store.list().backups[1:]:
        scene.store.remove(backup)
    return violation


def _is_whole(scene: Scene) -> Iterator[bool]:
    for backup in scene.store.list().backups:
        try:
            verify_checksums(backup)
            yield backup.manifest.rows == ROWS
        except AlphanestError:
            yield False
