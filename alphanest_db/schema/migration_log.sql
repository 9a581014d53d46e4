-- Everything that was migrated, the newest first.
SELECT revision, down_revision, message, action, outcome, error, finished_at, duration_seconds, os_user, host, database_user,
       program, checksum, source
FROM alphanest_admin.migration_history
ORDER BY id DESC
