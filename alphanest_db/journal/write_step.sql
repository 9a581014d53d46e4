-- Write down what a step did.
INSERT INTO alphanest_admin.journal_steps (run_id, number, action, reason, schema_name, table_name, row_count, details)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
