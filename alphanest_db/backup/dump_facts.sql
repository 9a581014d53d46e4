-- The name, encoding and size of the current database, and the size of its large objects.
SELECT d.datname,
       pg_catalog.pg_encoding_to_char(d.encoding),
       pg_catalog.pg_database_size(d.oid),
       pg_catalog.pg_table_size('pg_catalog.pg_largeobject')
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
