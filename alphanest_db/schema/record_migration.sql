-- Remember that a revision was applied, taken back or stamped.
INSERT INTO alphanest_admin.migration_history (
    revision, down_revision, message, action, outcome, error, duration_seconds, os_user, host, program, checksum, source
)
VALUES (
    %(revision)s, %(down_revision)s, %(message)s, %(action)s, %(outcome)s, %(error)s, %(duration_seconds)s, %(os_user)s,
    %(host)s, %(program)s, %(checksum)s, %(source)s
)
