-- How far transactions are done, whether no other one is under way that was begun before this, and this one's number.
SELECT pg_catalog.pg_snapshot_xmax(seen)::text::bigint,
       pg_catalog.pg_snapshot_xmax(seen) >= own AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_snapshot_xip(seen) AS other WHERE other <> own),
       own::text::bigint
FROM (SELECT pg_catalog.pg_current_snapshot() AS seen, pg_catalog.pg_current_xact_id() AS own) AS now
