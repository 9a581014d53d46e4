-- Some four million rows of the platform's tables, as unlike each other as real ones; `users` is bound.
INSERT INTO users (id, email, username, hashed_password, stripe_customer_id, api_key, avatar, is_active, created_at, updated_at)
SELECT gen_random_uuid()::text,
       'trader' || n || '.' || substr(md5(random()::text), 1, 6) || '@' || (ARRAY['example.com', 'mail.test', 'nest.example'])[1 + mod(n, 3)],
       'trader_' || n || substr(md5(random()::text), 1, 4),
       '$2b$12$' || substr(replace(replace(encode(sha256(random()::text::bytea) || sha256(n::text::bytea), 'base64'), E'\n', ''), '+', '.'), 1, 53),
       CASE WHEN random() < 0.4 THEN 'cus_' || substr(md5(random()::text), 1, 14) END,
       'ak_' || substr(md5(random()::text), 1, 4) || '.' || encode(sha256(random()::text::bytea), 'hex'),
       '👤', random() < 0.95, now() - random() * interval '700 days', now() - random() * interval '30 days'
FROM generate_series(1, %(users)s) AS n;

INSERT INTO subscriptions (id, user_id, status, plan_type, stripe_subscription_id, next_billing_date, created_at)
SELECT gen_random_uuid()::text, id, (ARRAY['trial', 'active', 'active', 'cancelled', 'expired'])[1 + floor(random() * 5)::int],
       (ARRAY['monthly', 'annual'])[1 + floor(random() * 2)::int], 'sub_' || substr(md5(random()::text), 1, 20),
       now() + random() * interval '30 days', created_at
FROM users;

INSERT INTO market_booths (id, user_id, bio, theme, layout, popularity, reputation, total_sales, total_volume, items_sold,
                           active_listings, total_views, created_at)
SELECT gen_random_uuid()::text, id, 'Welcome to the booth of ' || username || ', where ' || md5(random()::text) || ' is traded',
       (ARRAY['cyan', 'magenta', 'gold', 'glitch'])[1 + floor(random() * 4)::int],
       (ARRAY['grid', 'gallery', 'terminal'])[1 + floor(random() * 3)::int],
       floor(random() * 1000), floor(random() * 100), floor(random() * 50), random() * 10000, floor(random() * 50), 2,
       floor(random() * 5000), created_at
FROM users;

INSERT INTO trades (id, user_id, pair, buy_exchange, sell_exchange, buy_price, sell_price, profit_amount, profit_percentage,
                    executed, "timestamp")
SELECT gen_random_uuid()::text, u.id, (ARRAY['BTC/USDT', 'ETH/USDT', 'SOL/USDT', 'ADA/USDT'])[1 + floor(random() * 4)::int],
       (ARRAY['Binance', 'Kraken', 'Coinbase', 'Bybit'])[1 + floor(random() * 4)::int],
       (ARRAY['Binance', 'Kraken', 'Coinbase', 'Bybit'])[1 + floor(random() * 4)::int],
       random() * 60000, random() * 60000, random() * 500, random() * 5, random() < 0.5, now() - random() * interval '365 days'
FROM users AS u, generate_series(1, 15) AS n;

INSERT INTO nft_items (id, name, description, image_url, price, rarity, creator_id, creator, owner_id, booth_id, featured, views,
                       favorites, sales, nft_attributes, transaction_history, created_at)
SELECT 'nft_' || b.user_id || '_' || n, 'Item ' || substr(md5(random()::text), 1, 8), 'A piece called ' || md5(random()::text), '🎨',
       random() * 100, (ARRAY['common', 'rare', 'epic', 'legendary'])[1 + floor(random() * 4)::int], b.user_id, 'somebody',
       b.user_id, b.id, random() < 0.1, floor(random() * 1000), floor(random() * 100), floor(random() * 10),
       json_build_object('edition', floor(random() * 1000), 'collection', md5(random()::text)),
       json_build_array(json_build_object('id', 'tx_' || n, 'type', 'mint', 'from', '0x0', 'to', b.user_id,
                                          'timestamp', floor(random() * 1e12))),
       floor(1.7e12 + random() * 1e11)
FROM market_booths AS b, generate_series(1, 2) AS n;
