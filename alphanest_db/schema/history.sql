-- The table of what was migrated by whom; made on demand in the tool's own schema.
DO $$ BEGIN
    IF pg_catalog.to_regclass('alphanest_admin.migration_history') IS NULL THEN
        CREATE TABLE alphanest_admin.migration_history (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            revision text NOT NULL,
            down_revision text NOT NULL,
            message text NOT NULL,
            action text NOT NULL,
            outcome text NOT NULL,
            error text,
            finished_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
            duration_seconds double precision NOT NULL,
            os_user text NOT NULL,
            host text NOT NULL,
            database_user text NOT NULL DEFAULT CURRENT_USER,
            program text NOT NULL,
            checksum text NOT NULL,
            source text NOT NULL
        );
        CREATE INDEX migration_history_revision ON alphanest_admin.migration_history (revision, id);
    END IF;
END $$
