-- Which sets of seeds were put in last, and what they were made from.
CREATE TABLE IF NOT EXISTS alphanest_admin.seed_sets (
    name text PRIMARY KEY,
    content_hash text NOT NULL,
    run_id bigint,
    applied_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    applied_by text NOT NULL
)
