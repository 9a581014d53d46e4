-- The counters of the booths of the file's users are the number of items in them, whatever the export says.
WITH touched AS MATERIALIZED (
    SELECT booth.id FROM market_booths AS booth
    WHERE booth.user_id IN (
        SELECT target_id FROM import_people UNION SELECT target_id FROM import_booths UNION SELECT owner FROM import_items)
    UNION SELECT booth_id FROM import_left_booths
), counted AS (
    SELECT touched.id, count(item.id) AS items
    FROM touched LEFT JOIN nft_items AS item ON item.booth_id = touched.id
    GROUP BY touched.id
)
UPDATE market_booths AS booth
SET active_listings = counted.items
FROM counted
WHERE booth.id = counted.id AND booth.active_listings IS DISTINCT FROM counted.items;

UPDATE import_booths AS given
SET disagreement = 'its activeListings is not the number of items in it'
FROM market_booths AS booth
WHERE booth.user_id = given.target_id AND given.outcome IN ('inserted', 'changed', 'unchanged')
  AND given.active_listings <> booth.active_listings
