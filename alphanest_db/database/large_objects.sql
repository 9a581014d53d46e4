-- How many large objects there are, and a fingerprint of their numbers and bytes, read 16 MiB at a time.
WITH object AS MATERIALIZED (
    -- 262144 opens it for reading; from 0 bytes before its end (2) is its size.
    SELECT m.oid, pg_catalog.lo_lseek64(pg_catalog.lo_open(m.oid, 262144), 0, 2) AS size_bytes
    FROM pg_catalog.pg_largeobject_metadata AS m
)
SELECT count(DISTINCT object.oid),
       sum(pg_catalog.hashtextextended(
           object.oid || ':' || start || ':'
           || pg_catalog.encode(pg_catalog.sha256(pg_catalog.lo_get(object.oid, start, 16777216)), 'hex'),
           0
       ))::text
FROM object, pg_catalog.generate_series(0, greatest(object.size_bytes - 1, 0), 16777216) AS start
