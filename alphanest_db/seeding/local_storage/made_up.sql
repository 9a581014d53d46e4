-- How many users were registered whom only booths and items name.
SELECT count(*) FROM import_users WHERE is_unknown AND outcome = 'inserted'
