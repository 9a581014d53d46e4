-- Remember that a set is in the database as it is now; where nothing had to be done, the run that did it stays.
INSERT INTO alphanest_admin.seed_sets (name, content_hash, run_id, applied_by)
VALUES (%(name)s, %(content_hash)s, %(run)s, %(by)s)
ON CONFLICT (name) DO UPDATE
SET content_hash = excluded.content_hash, run_id = coalesce(excluded.run_id, seed_sets.run_id),
    applied_at = excluded.applied_at, applied_by = excluded.applied_by
