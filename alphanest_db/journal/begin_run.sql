-- Write down that a run begins.
INSERT INTO alphanest_admin.journal_runs (kind, details, made_by) VALUES (%s, %s, %s) RETURNING id
