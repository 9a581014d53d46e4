"""The one password of all accounts that seeding makes, and how those of synthetic users are told from real ones."""

DEMO_PASSWORD = "demo123"  # noqa: S105 - for everybody to know; seeding is refused where it would matter

# Each synthetic user has one of these salts. bcrypt could have drawn them: 22 characters, the last one of four.
SALT_BEGINNING = "alphanest.synthetic."
SALTS = tuple(f"{SALT_BEGINNING}{number}O" for number in range(2))
