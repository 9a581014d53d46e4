"""Looking for leaked keys, asking the database whose they are, and taking them away behind the guards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from alphanest_db.accounts.scanning.model import LeakedKey, ScanReport
from alphanest_db.accounts.scanning.owners import find_owners, revoke_leaked
from alphanest_db.accounts.scanning.report import report_scan
from alphanest_db.accounts.scanning.scan import scan_paths
from alphanest_db.accounts.scanning.scanner import ScanProgress
from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.settings import Environment, Settings
from alphanest_db.units import plural
from alphanest_db.workflows.guards import effective_environment


@dataclass(frozen=True)
class KeyScan:
    """What was found, and which keys that is; `environment` is that of the database that was asked."""

    report: ScanReport
    database: str
    environment: Environment
    leaked: frozenset[LeakedKey] = field(repr=False)

    @property
    def destroys(self) -> bool:
        """Whether there is a key to be taken away."""
        return bool(self.leaked)


def scan_for_keys(
    target: Target, settings: Settings, paths: Sequence[Path], environ: Mapping[str, str], *, history: bool,
    progress: ScanProgress,
) -> KeyScan:  # fmt: skip
    """Whose keys are where; changes nothing. Raises what `scan_paths` raises, and DatabaseUnreachable before it begins."""
    timeout_seconds = settings.connect_timeout_seconds
    with session(target, timeout_seconds=timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
    scanned = scan_paths(paths, environ, history=history, progress=progress)
    with session(target, timeout_seconds=timeout_seconds) as connection:
        holders = find_owners(connection, (found.key for found in scanned.found))
    leaked = frozenset(key for found in holders.values() for _owner, key in found)
    return KeyScan(report_scan(scanned, holders), target.database, environment, leaked)


def revoke_confirmed(target: Target, settings: Settings, scan: KeyScan, confirmation: Confirmation) -> ScanReport:
    """Take the keys that were found from those who still have them. Raises ConfirmationNeeded."""
    if not scan.destroys:
        return scan.report
    what = f"revoking {plural(len(scan.leaked), 'leaked key')}"
    require_confirmation(scan.environment, scan.database, what, confirmation)
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        return replace(scan.report, revoked=revoke_leaked(connection, scan.leaked))
