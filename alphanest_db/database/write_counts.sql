-- How many rows of each table were ever inserted, updated or deleted; sessions tell once a second at most.
SELECT s.relid::bigint, s.schemaname, s.relname, s.n_tup_ins + s.n_tup_upd + s.n_tup_del
FROM pg_catalog.pg_stat_user_tables AS s
