-- Every row that a run changed, in order.
SELECT s.action, s.schema_name, s.table_name, s.reason, c.key, c.before, c.after, c.note
FROM alphanest_admin.journal_changes AS c
JOIN alphanest_admin.journal_steps AS s ON s.run_id = c.run_id AND s.number = c.step
WHERE c.run_id = %(run)s AND (%(step)s::integer IS NULL OR c.step = %(step)s)
ORDER BY c.step, c.number
LIMIT %(most)s
