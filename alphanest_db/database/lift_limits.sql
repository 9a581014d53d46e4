-- Each time limit that holds for the session is lifted, or with %(local)s for the transaction; a pooler's sessions are left alone.
SELECT pg_catalog.set_config(limits.name, '0', %(local)s)
FROM (
    VALUES ('statement_timeout'), ('lock_timeout'), ('idle_in_transaction_session_timeout'), ('idle_session_timeout'),
        ('transaction_timeout')
) AS limits (name)
WHERE pg_catalog.current_setting(limits.name, true) <> '0'
    AND (%(local)s OR pg_catalog.pg_backend_pid() = %(server_process)s)
