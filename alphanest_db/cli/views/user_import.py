"""How the answers of `alphanest user import` look."""

from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.accounts.users.importing.model import ImportCheck, ImportResult


def import_check_view(check: "ImportCheck") -> View:
    """What is in the file, and all that is wrong with it."""
    lines = [f"{check.file}: {plural(check.rows, 'row')}, {check.valid:,} of them can be imported"]
    if check.without_password:
        lines.append(f"{check.without_password:,} without a password: --passwords-csv FILE gets the generated ones")
    rows = [(problem.line, problem.item, problem.field, problem.problem) for problem in check.problems]
    return [Lines(lines), Grid(("line", "item", "field", "problem"), rows)]


def imported_view(result: "ImportResult") -> View:
    """What was done, and where the rest is."""
    lines = [f"registered {plural(result.imported, 'user')}"]
    if result.rejects:
        lines.append(f"left out {plural(result.skipped, 'row')}: {result.rejects}")
    if result.passwords_csv:
        generated = plural(result.generated_passwords, "generated password")
        lines.append(f"{generated} and all API keys: {result.passwords_csv}")
    elif result.imported:
        lines.append("their API keys were told to nobody: `alphanest key rotate` gives new ones")
    return [Lines(lines)]
