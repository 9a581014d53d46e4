-- Who has a name that the users of the file have, and perhaps who has or had others: all in lower case.
CREATE TEMPORARY TABLE import_names (value text {fold}, field text, user_id text, PRIMARY KEY (value, field, user_id))
