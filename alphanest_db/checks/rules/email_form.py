"""E-mail addresses that cannot be one."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule

# Something, one @, and a domain of two labels or more, or an address of the internet in brackets; no spaces, no control
# characters, and none that end an address in a letter's head unless they are quoted. Whether it exists only a letter tells.
# Spaces and marks that nobody sees are named, too: which ones [:space:] knows depends on the locale. That of the column may be
# one in which case does not count, and for which PostgreSQL has no patterns.
_UNSEEN = r"\u0080-\u00a0\u00ad\u1680\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
_PART = rf"[^]@.[:space:][:cntrl:]{_UNSEEN}<>(),;:[\\]+"
_FORM = rf'^("[^"@[:space:][:cntrl:]]+"|({_PART}|\.)+)@(({_PART}\.)+{_PART}|\[[0-9a-fA-F.:IPv]+\])$'

CHECK = Check(
    name="email-form",
    summary="E-mail addresses that cannot be one.",
    tags=("integrity", "values"),
    level=Level.warning,
    why="No letter reaches such an address: no bill, no new password. Only what cannot be an address at all is reported:"
    " no @ or two, a space, a domain without a dot, brackets, a comma or a colon.",
    remedy="Ask the user for the right one.",
    rows=(RowRule("users", f"t.email COLLATE pg_catalog.\"C\" !~ '{_FORM}'", "format('email is %L', t.email)"),),
)
