-- Runs with their steps, the newest first; of one kind and of one number, where they are given.
SELECT r.id, r.kind, r.details, r.started_at, r.made_by, r.undone_at, r.undone_by,
       (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
            s.number, s.action, s.reason, s.schema_name, s.table_name, s.row_count, s.details) ORDER BY s.number), '[]')
        FROM alphanest_admin.journal_steps AS s WHERE s.run_id = r.id)
FROM alphanest_admin.journal_runs AS r
WHERE (%(kind)s::text IS NULL OR r.kind = %(kind)s) AND (%(id)s::bigint IS NULL OR r.id = %(id)s)
ORDER BY r.id DESC
