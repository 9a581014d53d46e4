"""How new keys are told, and how far changing many of them is."""

from alphanest_db.accounts.bulk.working import Progress
from alphanest_db.accounts.one_key import NewKey, Tell
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show, show_script
from alphanest_db.cli.views.key import new_key_view
from alphanest_db.units import plural


def teller(output: Output, *, quiet: bool) -> Tell:
    """Writes a new key to stdout; with `quiet` nothing else."""

    def tell(new: NewKey) -> None:
        if quiet:
            show_script(f"{new.key}\n")
        else:
            show(new, new_key_view(new), output)

    return tell


def keys_progress(line: StatusLine) -> Progress:
    """Tells how many keys are done."""

    def tell(done: int) -> None:
        line.update(f"{plural(done, 'key')} done")

    return tell
