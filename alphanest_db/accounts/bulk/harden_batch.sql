-- Hash the next plain keys after one id, in the server; a hash that another user holds already stays out of the way.
WITH batch AS (
    SELECT id, pg_catalog.left(api_key, 7) || '.' || pg_catalog.encode(
               pg_catalog.sha256(pg_catalog.convert_to(api_key, 'UTF8')), 'hex') AS hashed
    FROM users
    WHERE api_key ~ '^ak_[A-Za-z0-9]{32}$' AND (%(after)s IS NULL OR id > %(after)s)
    ORDER BY id
    LIMIT %(rows)s
    FOR UPDATE
), changed AS (
    UPDATE users SET api_key = batch.hashed
    FROM batch
    WHERE users.id = batch.id AND NOT EXISTS (SELECT FROM users AS other WHERE other.api_key = batch.hashed)
    RETURNING users.id
)
SELECT (SELECT max(id) FROM batch), (SELECT count(*) FROM changed)
