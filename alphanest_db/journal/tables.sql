-- The tables of the journal: runs, the steps of each, and every row that a step changed.
DO $$ BEGIN
    IF pg_catalog.to_regclass('alphanest_admin.journal_runs') IS NULL THEN
        CREATE TABLE alphanest_admin.journal_runs (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind text NOT NULL,
            details jsonb NOT NULL,
            started_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
            made_by text NOT NULL,
            database_user text NOT NULL DEFAULT CURRENT_USER,
            undone_at timestamptz,
            undone_by text
        );
        CREATE TABLE alphanest_admin.journal_steps (
            run_id bigint NOT NULL REFERENCES alphanest_admin.journal_runs ON DELETE CASCADE,
            number integer NOT NULL,
            action text NOT NULL,
            reason text NOT NULL,
            schema_name text NOT NULL,
            table_name text NOT NULL,
            row_count bigint NOT NULL,
            details jsonb NOT NULL,
            PRIMARY KEY (run_id, number)
        );
        -- Rows are text by column: the only form that gives every value back as it was (json, -0, NaN).
        -- No foreign key: looking up a million times the step that was just written takes longer than writing.
        CREATE TABLE alphanest_admin.journal_changes (
            run_id bigint NOT NULL,
            step integer NOT NULL,
            number bigint NOT NULL,
            key jsonb,
            before jsonb,
            after jsonb,
            violates text[],
            note text,
            PRIMARY KEY (run_id, step, number)
        );
        COMMENT ON TABLE alphanest_admin.journal_runs IS 'Runs of alphanest that changed rows and can be undone';
        COMMENT ON COLUMN alphanest_admin.journal_changes.violates IS 'Constraints that the row violated before';
    END IF;
END $$
