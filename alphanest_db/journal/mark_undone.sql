-- Write down that a run is undone, unless it was; the row stays locked, so that two cannot do it at once.
UPDATE alphanest_admin.journal_runs SET undone_at = pg_catalog.now(), undone_by = %(by)s
WHERE id = %(run)s AND undone_at IS NULL
