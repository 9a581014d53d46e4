-- How many rows a step changed.
SELECT count(*) FROM alphanest_admin.journal_changes WHERE run_id = %s AND step = %s
