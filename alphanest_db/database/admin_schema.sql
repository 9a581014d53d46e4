-- The tool's own schema; the facts are for all to read, the rest for its owner.
DO $$ BEGIN
    IF pg_catalog.to_regnamespace('alphanest_admin') IS NULL THEN
        CREATE SCHEMA alphanest_admin;
        COMMENT ON SCHEMA alphanest_admin IS 'What alphanest remembers of this database';
    END IF;
    IF pg_catalog.to_regclass('alphanest_admin.facts') IS NULL THEN
        CREATE TABLE alphanest_admin.facts (
            name text PRIMARY KEY,
            value text NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT pg_catalog.now()
        );
        -- Which environment a database serves is for everybody to heed.
        GRANT USAGE ON SCHEMA alphanest_admin TO PUBLIC;
        GRANT SELECT ON alphanest_admin.facts TO PUBLIC;
    END IF;
END $$
