"""Exports of browsers by the thousand, whole ones and broken ones, and a large one: nothing crashes, and every record is told.

BENCH_EXPORTS, BENCH_MUTATED, BENCH_LARGE_MB and BENCH_SEED say how many and which.
"""

import io
import json
import os
import resource
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from alphanest_db.seeding.local_storage.model import FileState, ImportOptions, ImportReport, OnConflict, UnknownUsers
from alphanest_db.seeding.local_storage.sources import find_sources
from alphanest_db.settings import load_settings
from alphanest_db.workflows.local_storage import import_local_storage
from benchmarks.measuring import BIN, environment
from tests.conftest import new_database
from tests.local_storage_scenes import booth, counted, generated, item, mutated, user, written
from tests.servers import fetch, installations, running_server

EXPORTS = int(os.environ.get("BENCH_EXPORTS", "10000"))
MUTATED = int(os.environ.get("BENCH_MUTATED", "5000"))
LARGE_MB = int(os.environ.get("BENCH_LARGE_MB", "1000"))
SEED = int(os.environ.get("BENCH_SEED", "1"))
TABLES = {
    "users": "SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM users t",
    "market_booths": "SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM market_booths t",
    "nft_items": "SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM nft_items t",
}
POLICIES = [(unknown, conflict) for unknown in UnknownUsers for conflict in OnConflict]


def main() -> None:
    """Print the figures; raises AssertionError where a promise is broken."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        with running_server(installations()[0], Path(folder) / "server") as server:
            _whole(server, Path(folder) / "whole")
            _broken(server, Path(folder) / "broken")
            _large(server, Path(folder) / "large.json")


def run(
    target: Target, paths: list[Path], unknown: UnknownUsers, conflict: OnConflict, *, keep_going: bool
) -> ImportReport:
    """Import in this process."""
    options = ImportOptions(unknown, conflict, keep_going=keep_going, dry_run=False)
    settings = load_settings({}, Path("/"))
    return import_local_storage(
        target, settings, find_sources([str(path) for path in paths]), options, now=datetime.now(UTC),
        standard_input=io.BytesIO(),
    )  # fmt: skip


def sums(target: Target) -> dict[str, tuple[object, ...]]:
    """Rows and a sum over their contents, for each table."""
    return {table: fetch(target, question)[0] for table, question in TABLES.items()}


def require_sums(
    report: ImportReport, before: dict[str, tuple[object, ...]], after: dict[str, tuple[object, ...]]
) -> None:
    """Every record is told once, and the tables have grown by what the report says."""
    for count in report.kinds:
        assert count.rows == count.inserted + count.changed + count.unchanged + count.skipped + count.rejected, count
    inserted = {count.kind.value: count.inserted for count in report.kinds}
    grown = {table: int(str(after[table][0])) - int(str(before[table][0])) for table in TABLES}
    assert grown["users"] == inserted["user"] + report.created.users, (grown, report.created)
    assert grown["market_booths"] == report.created.booths, (grown, report.created)
    assert grown["nft_items"] == inserted["item"], (grown, inserted)


def _whole(server: Target, folder: Path) -> None:
    folder.mkdir()
    rows = 0
    for number in range(EXPORTS):
        lists = generated(number, SEED)
        records = counted(lists)
        rows += records.users + records.booths + records.items
        (folder / f"{number}.json").write_bytes(written(lists, number))
    with new_database(server, "template0") as target:
        upgrade(target, migrations_folder())
        before, begun = sums(target), time.perf_counter()
        report = run(target, [folder], UnknownUsers.create, OnConflict.skip, keep_going=False)
        seconds, after = time.perf_counter() - begun, sums(target)
        assert all(file.state is FileState.imported for file in report.files)
        assert sum(count.rows for count in report.kinds) == rows
        require_sums(report, before, after)
        print(f"\n{EXPORTS:,} exports, {rows:,} records: {seconds:.1f} s, {EXPORTS / seconds:,.0f} files/s")
        again = run(target, [folder], UnknownUsers.create, OnConflict.skip, keep_going=False)
        assert sums(target) == after, "the second run changed something"
        assert not any(count.inserted or count.changed for count in again.kinds)
        _require_integrity(target)


def _broken(server: Target, folder: Path) -> None:
    folder.mkdir()
    for number in range(MUTATED):
        (folder / f"{number}.json").write_bytes(mutated(number, SEED))
    files = sorted(folder.iterdir())
    with new_database(server, "template0") as target:
        upgrade(target, migrations_folder())
        rows: dict[str, int] = {}
        begun, states = time.perf_counter(), dict.fromkeys(FileState, 0)
        for number, (unknown, conflict) in enumerate(POLICIES):
            some = files[number :: len(POLICIES)]
            if not some:
                continue
            before = sums(target)
            report = run(target, some, unknown, conflict, keep_going=True)
            after = sums(target)
            require_sums(report, before, after)
            again = run(target, some, unknown, conflict, keep_going=True)
            assert sums(target) == after, f"the second run changed something: {unknown}, {conflict}"
            assert not any(count.inserted or count.changed for count in again.kinds), (unknown, conflict)
            for file in report.files:
                states[file.state] += 1
                rows[file.file] = file.rows
        _require_integrity(target)
        told = ", ".join(f"{count:,} {state}" for state, count in states.items() if count)
        print(
            f"\n{MUTATED:,} mutated exports in {time.perf_counter() - begun:.1f} s: {told}; nothing crashed, all sums right"
        )
    with new_database(server, "template0") as target:
        upgrade(target, migrations_folder())
        for path in files[:: max(1, len(files) // 200)]:
            before = sums(target)
            report = run(target, [path], UnknownUsers.skip, OnConflict.skip, keep_going=False)
            require_sums(report, before, sums(target))
            assert report.files[0].state is FileState.imported or sums(target) == before, path
            assert report.files[0].rows == rows[str(path)] == sum(count.rows for count in report.kinds), path


def _large(server: Target, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('{"crypto_arbitrage_users": [')
        people = [user(number) for number in range(1000)]
        file.write(",".join(json.dumps(person) for person in people) + '], "alphanest_market_booths": [')
        file.write(",".join(json.dumps(booth(person, [])) for person in people) + '], "alphanest_nft_items": [')
        number = 0
        while file.tell() < LARGE_MB * 1_000_000:
            chunk = [json.dumps(item(number + n, people[(number + n) % 1000], id=f"nft_{number + n}",
                                     transactionHistory=[])) for n in range(1000)]  # fmt: skip
            file.write(("," if number else "") + ",\n".join(chunk))
            number += 1000
        file.write("]}")
    with new_database(server, "template0") as target:
        upgrade(target, migrations_folder())
        begun = time.perf_counter()
        command = [
            str(BIN / "alphanest"),
            "import",
            "local-storage",
            str(path),
            "-o",
            "json",
            "--rejects",
            str(path) + ".rejects.jsonl",
        ]
        environ = environment(DATABASE_URL=target.url(show_password=True))
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        seconds, megabytes = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        assert done.returncode == 0, done.stderr[-500:]
        assert fetch(target, "SELECT count(*) FROM nft_items") == [(number,)]
        print(
            f"\none export of {LARGE_MB:,} MB, {number:,} items: {seconds:.1f} s, at most {megabytes:.0f} MB of memory"
        )


def _require_integrity(target: Target) -> None:
    environ = environment(DATABASE_URL=target.url(show_password=True))
    command = [str(BIN / "alphanest"), "check", "integrity", "--fail-on", "info"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
