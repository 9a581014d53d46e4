"""What the checks have to know of the platform, put together from where it is known."""

from alphanest_db.checks.ground import Demo, Platform
from alphanest_db.seeding.password import DEMO_PASSWORD, SALT_BEGINNING
from alphanest_db.settings import Settings

# That of docker-compose.yml and .env.example.
DEFAULT_PASSWORDS = ("alphanest",)


def platform_of(settings: Settings) -> Platform:
    """The platform as it is configured."""
    return Platform(settings.environment, settings.bcrypt_cost, DEFAULT_PASSWORDS, SALT_BEGINNING, _demo, _verify)


def _demo() -> Demo:
    from alphanest_db.seeding.demo_data import DEMO_USERS  # the models are heavy, and seldom needed here

    return Demo(tuple(user.id for user in DEMO_USERS), tuple(user.username for user in DEMO_USERS), DEMO_PASSWORD)


def _verify(password: str, stored: str) -> bool:
    from alphanest_db.accounts.passwords import verify_password  # so is bcrypt

    return verify_password(password, stored)
