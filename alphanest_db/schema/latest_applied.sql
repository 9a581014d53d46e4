-- For each revision, the last time that it was applied or stamped; those that were taken back since are left out.
SELECT h.revision, h.down_revision, h.message, h.action, h.outcome, h.error, h.finished_at, h.duration_seconds, h.os_user,
       h.host, h.database_user, h.program, h.checksum, h.source
FROM alphanest_admin.migration_history AS h
JOIN (
    SELECT revision, pg_catalog.max(id) AS id FROM alphanest_admin.migration_history WHERE outcome = 'done' GROUP BY revision
) AS latest ON latest.id = h.id
WHERE h.action <> 'downgrade'
ORDER BY h.id
