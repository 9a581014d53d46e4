-- Runs a script as plpgsql does, which neither begins nor ends a transaction for it.
DO $run$ BEGIN EXECUTE pg_catalog.current_setting('alphanest.script'); END $run$
