-- What becomes of the items of the file: the item list and the listings of booths are united, the newest record counts.
-- Users who go by another id here do so in histories, too.
UPDATE import_items AS given
SET history = (
    SELECT jsonb_agg(entry || jsonb_strip_nulls(jsonb_build_object('from', sellers.target_id, 'to', buyers.target_id)) ORDER BY number)
    FROM jsonb_array_elements(given.history::jsonb) WITH ORDINALITY AS entries (entry, number)
    LEFT JOIN import_people AS sellers ON sellers.id = entry ->> 'from' AND sellers.id <> sellers.target_id
    LEFT JOIN import_people AS buyers ON buyers.id = entry ->> 'to' AND buyers.id <> buyers.target_id
)
WHERE given.outcome IS NULL AND given.history <> '[]'
  AND EXISTS (
      SELECT FROM import_people AS people
      JOIN jsonb_array_elements(given.history::jsonb) AS entry ON people.id IN (entry ->> 'from', entry ->> 'to')
      WHERE people.id <> people.target_id
  )
  AND EXISTS (SELECT FROM import_people WHERE id <> target_id);

WITH best AS (
    SELECT place, first_value(place) OVER (
        PARTITION BY id ORDER BY greatest(updated_at, known_at) DESC, history = '[]', listed_by IS NOT NULL, place) AS first
    FROM import_items WHERE outcome IS NULL
), compared AS (
    SELECT best.place, kept.path, concat_ws(', ',
               CASE WHEN given.name <> kept.name THEN 'name' END,
               CASE WHEN given.description IS DISTINCT FROM kept.description THEN 'description' END,
               CASE WHEN given.image_url <> kept.image_url THEN 'image' END, CASE WHEN given.price <> kept.price THEN 'price' END,
               CASE WHEN given.rarity <> kept.rarity THEN 'rarity' END,
               CASE WHEN (given.maker, given.creator) <> (kept.maker, kept.creator) THEN 'creator' END,
               CASE WHEN given.owner <> kept.owner THEN 'owner' END, CASE WHEN given.featured <> kept.featured THEN 'featured' END,
               CASE WHEN (given.views, given.favorites, given.sales) <> (kept.views, kept.favorites, kept.sales) THEN 'stats' END,
               CASE WHEN given.attributes NOT IN (kept.attributes, '{{}}') THEN 'metadata' END,
               CASE WHEN given.history NOT IN (kept.history, '[]') THEN 'history' END) AS differences
    FROM best JOIN import_items AS given ON given.place = best.place JOIN import_items AS kept ON kept.place = best.first
    WHERE best.first <> best.place
)
UPDATE import_items AS given
SET outcome = CASE WHEN differences = '' THEN 'unchanged' ELSE 'skipped' END,
    reason = CASE WHEN differences = '' THEN 'the same item again'
             ELSE 'another record of the same item counts, which differs in ' || differences END,
    other = compared.path
FROM compared
WHERE compared.place = given.place;

WITH compared AS (
    SELECT given.place, concat_ws(', ',
               CASE WHEN given.name <> there.name THEN 'name' END,
               CASE WHEN given.description IS DISTINCT FROM there.description THEN 'description' END,
               CASE WHEN given.image_url IS DISTINCT FROM there.image_url THEN 'image' END,
               CASE WHEN given.price <> there.price THEN 'price' END,
               CASE WHEN given.rarity IS DISTINCT FROM there.rarity THEN 'rarity' END,
               CASE WHEN (given.maker, given.creator) <> (there.creator_id, there.creator) THEN 'creator' END,
               CASE WHEN given.owner <> there.owner_id THEN 'owner' END,
               CASE WHEN given.featured IS DISTINCT FROM there.featured THEN 'featured' END,
               CASE WHEN (given.views, given.favorites, given.sales) IS DISTINCT FROM (there.views, there.favorites, there.sales)
                    THEN 'stats' END,
               CASE WHEN CASE WHEN given.attributes IN (there.nft_attributes::text, '{{}}') THEN false
                              WHEN strpos(there.nft_attributes::text, '\u0000') > 0 THEN true
                              ELSE given.attributes::jsonb IS DISTINCT FROM there.nft_attributes::jsonb END THEN 'metadata' END,
               CASE WHEN CASE WHEN given.history IN (there.transaction_history::text, '[]') THEN false
                              WHEN strpos(there.transaction_history::text, '\u0000') > 0 THEN true
                              ELSE given.history::jsonb IS DISTINCT FROM there.transaction_history::jsonb END THEN 'history' END
           ) AS differences,
           given.known_at > moved.at
           OR given.known_at = moved.at AND given.history <> '[]' AND coalesce(there.transaction_history::text, '[]') = '[]' AS is_newer
    FROM import_items AS given JOIN nft_items AS there ON there.id = given.id
    CROSS JOIN LATERAL (
        SELECT greatest(there.created_at, CASE WHEN strpos(there.transaction_history::text, '\u0000') = 0 THEN (
            SELECT max(moment::numeric)
            FROM jsonb_path_query(there.transaction_history::jsonb, '$[*].timestamp ? (@.type() == "number")') AS moment
        ) END) AS at
    ) AS moved
    WHERE given.outcome IS NULL
)
UPDATE import_items AS given
SET outcome = CASE WHEN differences = '' THEN 'unchanged' WHEN is_newer THEN 'changed' ELSE 'skipped' END,
    reason = CASE WHEN differences <> '' AND NOT is_newer THEN 'what is there is not older, and differs in ' || differences END
FROM compared
WHERE compared.place = given.place;

UPDATE import_items SET outcome = 'inserted' WHERE outcome IS NULL;

INSERT INTO import_left_booths (booth_id)
SELECT there.booth_id FROM nft_items AS there JOIN import_items AS given ON given.id = there.id WHERE given.outcome = 'changed';

UPDATE nft_items AS there
SET name = given.name, description = given.description, image_url = given.image_url, price = given.price, rarity = given.rarity,
    creator_id = given.maker, creator = given.creator, owner_id = given.owner, booth_id = booth.id, featured = given.featured,
    views = given.views, favorites = given.favorites, sales = given.sales, nft_attributes = given.attributes::json,
    transaction_history = given.history::json, created_at = given.created_at
FROM import_items AS given JOIN market_booths AS booth ON booth.user_id = given.owner
WHERE given.outcome = 'changed' AND there.id = given.id;

INSERT INTO nft_items (
    id, name, description, image_url, price, rarity, creator_id, creator, owner_id, booth_id, featured, views, favorites, sales,
    nft_attributes, transaction_history, created_at
)
SELECT given.id, given.name, given.description, given.image_url, given.price, given.rarity, given.maker, given.creator, given.owner,
       booth.id, given.featured, given.views, given.favorites, given.sales, given.attributes::json, given.history::json,
       given.created_at
FROM import_items AS given JOIN market_booths AS booth ON booth.user_id = given.owner
WHERE given.outcome = 'inserted';

UPDATE import_items
SET disagreement = 'listed in the booth of another user than its owner'
WHERE listed_by <> owner_id AND outcome IN ('inserted', 'changed', 'unchanged')
