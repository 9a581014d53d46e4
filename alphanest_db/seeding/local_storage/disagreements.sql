-- Records that are in although they say different things.
SELECT kind, what, count(*), (array_agg(path ORDER BY place))[1]
FROM (
    SELECT 'booth' AS kind, disagreement AS what, path, place FROM import_booths WHERE disagreement IS NOT NULL
    UNION ALL SELECT 'item', disagreement, path, place FROM import_items WHERE disagreement IS NOT NULL
) AS records
GROUP BY kind, what
ORDER BY kind, what
