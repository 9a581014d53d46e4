"""How PostgreSQL's programs get to a database: by their environment, because everybody can read their arguments."""

from collections.abc import Mapping

from alphanest_db.database.target import Target

_ENVIRONMENT_NAMES = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
    "password": "PGPASSWORD", "passfile": "PGPASSFILE", "require_auth": "PGREQUIREAUTH",
    "channel_binding": "PGCHANNELBINDING", "service": "PGSERVICE", "options": "PGOPTIONS",
    "application_name": "PGAPPNAME", "sslmode": "PGSSLMODE", "sslnegotiation": "PGSSLNEGOTIATION",
    "sslcompression": "PGSSLCOMPRESSION", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslcertmode": "PGSSLCERTMODE",
    "sslrootcert": "PGSSLROOTCERT", "sslcrl": "PGSSLCRL", "sslcrldir": "PGSSLCRLDIR", "sslsni": "PGSSLSNI",
    "requirepeer": "PGREQUIREPEER", "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION", "gssencmode": "PGGSSENCMODE", "krbsrvname": "PGKRBSRVNAME",
    "gsslib": "PGGSSLIB", "gssdelegation": "PGGSSDELEGATION", "connect_timeout": "PGCONNECT_TIMEOUT",
    "client_encoding": "PGCLIENTENCODING", "target_session_attrs": "PGTARGETSESSIONATTRS",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
}  # fmt: skip
# Where to, as whom and with which settings is the target's business alone; how safely is the caller's too (PGSSLMODE, …).
_STEERING = frozenset(
    {
        "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS",
        "PGAPPNAME", "PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS",
    }
)  # fmt: skip


def client_environment(
    target: Target,
    environ: Mapping[str, str],
    *,
    timeout_seconds: int = 10,
    application_name: str = "alphanest psql",
) -> dict[str, str]:
    """The environment in which libpq programs connect to the target, whatever PGHOST and the like of the caller say.

    The environment of a process is readable by its own user alone; its arguments are readable by everybody.
    """
    kept = {key: value for key, value in environ.items() if key not in _STEERING}
    parameters = {"application_name": application_name, "connect_timeout": str(timeout_seconds)}
    parameters |= target.libpq_parameters()
    return kept | {_ENVIRONMENT_NAMES[key]: value for key, value in parameters.items() if key in _ENVIRONMENT_NAMES}


def database_argument(database: str) -> str:
    """What names a database after `--dbname`: a bare name that looks like a connection string would lead elsewhere.

    >>> database_argument("port=1 dbname=it's")
    "dbname='port=1 dbname=it\\\\'s'"
    """
    escaped = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"
