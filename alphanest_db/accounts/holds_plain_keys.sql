-- Whether any API key is stored as its owner holds it.
SELECT EXISTS (SELECT FROM users WHERE api_key ~ '^ak_[A-Za-z0-9]{32}$')
