-- Remember a fact about this database.
INSERT INTO alphanest_admin.facts (name, value) VALUES (%(name)s, %(value)s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, recorded_at = pg_catalog.now()
