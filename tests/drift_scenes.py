"""A schema with something of everything, and one change for each kind of drift."""

from dataclasses import dataclass

from alphanest_db.database.target import Target
from alphanest_db.programs.find import find_client
from alphanest_db.schema.drift.compare import Schema, compare_schemas
from alphanest_db.schema.drift.find import read_schema
from alphanest_db.schema.drift.model import Drift
from tests.servers import fetch

# Roles belong to the whole server: they stay behind when a test's database is dropped.
ROLES = """
DO $$ BEGIN CREATE ROLE drift_reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE "Odd Role"; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
"""

SCHEMA = """
CREATE TYPE mood AS ENUM ('ok', 'it''s bad', 'fine');
CREATE DOMAIN positive AS integer CONSTRAINT positive_check CHECK (VALUE > 0);
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE parent (id integer CONSTRAINT parent_pkey PRIMARY KEY, code text, other integer NOT NULL);
CREATE TABLE child (
    id integer PRIMARY KEY,
    parent_id integer CONSTRAINT child_parent_fkey REFERENCES parent ON DELETE CASCADE,
    second_id integer CONSTRAINT child_second_fkey REFERENCES parent,
    third_id integer CONSTRAINT child_third_fkey REFERENCES parent
);
CREATE TABLE columns (
    id serial PRIMARY KEY,
    amount numeric(10, 2),
    at timestamptz,
    document jsonb,
    small integer,
    wanted text NOT NULL,
    defaulted text DEFAULT 'a; -- Name: fake; Type: TABLE; Schema: public; Owner: -',
    named text COLLATE "C",
    computed integer GENERATED ALWAYS AS (small * 2) STORED,
    always integer GENERATED ALWAYS AS IDENTITY,
    short varchar(10)
);
COMMENT ON TABLE columns IS 'what it''s for';
COMMENT ON COLUMN columns.amount IS 'euro';
CREATE TABLE ordered (a integer, b integer, c integer);
CREATE TABLE checked (n integer CONSTRAINT n_positive CHECK (n > 0), m integer CONSTRAINT m_small CHECK (m < 10),
    o integer CONSTRAINT o_case CHECK (CASE WHEN o > 0 THEN o < 5 ELSE o = length(')') END));
CREATE TABLE indexed (id integer PRIMARY KEY, a integer, b integer, c text, d integer,
    CONSTRAINT d_unique UNIQUE (d), CONSTRAINT a_unique UNIQUE (a) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX partial ON indexed (b) WHERE b > 0;
CREATE INDEX method ON indexed (c);
CREATE INDEX covering ON indexed (a) INCLUDE (b);
CREATE INDEX broken ON indexed (b);
CREATE TABLE "Odd ""Table"" Type: VIEW; x" ("a ""column" integer, "select" text);
CREATE INDEX "Odd; Index" ON "Odd ""Table"" Type: VIEW; x" ("a ""column");
CREATE TABLE secured (id integer, owner text);
CREATE TABLE ruled (id integer);
ALTER TABLE ruled ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON ruled FOR SELECT USING (id > 0);
CREATE RULE silent AS ON DELETE TO ruled DO INSTEAD NOTHING;
GRANT SELECT ON ruled TO drift_reader;
GRANT UPDATE (id) ON ruled TO "Odd Role" WITH GRANT OPTION;
CREATE SEQUENCE counter INCREMENT BY 2;
CREATE SEQUENCE wide;
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
--
-- Name: fake; Type: TABLE; Schema: public; Owner: -
--
    RETURN NEW; -- '
END $body$;
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE TRIGGER on_child BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION touched();
CREATE VIEW positives AS SELECT n FROM checked WHERE n > 1;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS rows FROM checked;
CREATE STATISTICS related ON a, b FROM indexed;
CREATE TABLE parts (id integer, day date) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX parts_day ON parts (day);
CREATE TABLE stored (id integer) WITH (fillfactor = 70);
CREATE TABLE whole (id serial PRIMARY KEY, n integer CHECK (n > 0));
CREATE INDEX whole_n ON whole (n);
COMMENT ON TABLE whole IS 'with parts';
"""


@dataclass(frozen=True)
class Case:
    """A change, and the objects that are then reported, each with its kind; `repairable` where SQL sets all right."""

    name: str
    change: str
    found: tuple[str, ...]
    repairable: bool = True


CASES = (
    Case("ON DELETE", "ALTER TABLE child DROP CONSTRAINT child_parent_fkey, ADD CONSTRAINT child_parent_fkey"
         " FOREIGN KEY (parent_id) REFERENCES parent ON DELETE SET NULL",
         ("changed foreign key public.child.child_parent_fkey",)),
    Case("server default", "ALTER TABLE columns ALTER defaulted SET DEFAULT 'b'", ("changed column public.columns.defaulted",)),
    Case("precision", "ALTER TABLE columns ALTER amount TYPE numeric(12, 4)", ("changed column public.columns.amount",), False),
    Case("timestamp", "ALTER TABLE columns ALTER at TYPE timestamp", ("changed column public.columns.at",), False),
    Case("json", "ALTER TABLE columns ALTER document TYPE json", ("changed column public.columns.document",), False),
    Case("bigint", "ALTER TABLE ordered ALTER a TYPE bigint", ("changed column public.ordered.a",), False),
    Case("smallint", "ALTER TABLE ordered ALTER c TYPE smallint", ("changed column public.ordered.c",)),
    Case("varchar", "ALTER TABLE columns ALTER short TYPE varchar(5)", ("changed column public.columns.short",)),
    Case("nullable", "ALTER TABLE columns ALTER wanted DROP NOT NULL", ("changed column public.columns.wanted",)),
    Case("not null", "ALTER TABLE ordered ALTER b SET NOT NULL", ("changed column public.ordered.b",)),
    Case("table comment", "COMMENT ON TABLE columns IS 'other'", ("changed comment public.columns",)),
    Case("column comment", "COMMENT ON COLUMN columns.small IS 'extra'", ("extra comment public.columns.small",)),
    Case("comment gone", "COMMENT ON COLUMN columns.amount IS NULL", ("missing comment public.columns.amount",)),
    Case("serial and identity", "ALTER TABLE columns ALTER id DROP DEFAULT; DROP SEQUENCE columns_id_seq;"
         "ALTER TABLE columns ALTER id ADD GENERATED BY DEFAULT AS IDENTITY", ("changed column public.columns.id",), False),
    Case("identity kind", "ALTER TABLE columns ALTER always SET GENERATED BY DEFAULT",
         ("changed column public.columns.always", "changed sequence public.columns.columns_always_seq"), False),
    Case("enum value missing", "DROP TYPE mood; CREATE TYPE mood AS ENUM ('it''s bad')", ("changed type public.mood",)),
    Case("enum value extra", "ALTER TYPE mood ADD VALUE 'new'", ("changed type public.mood",), False),
    Case("CHECK added", "ALTER TABLE columns ADD CONSTRAINT added CHECK (small > 0)", ("extra check public.columns.added",)),
    Case("CHECK text", "ALTER TABLE checked DROP CONSTRAINT m_small, ADD CONSTRAINT m_small CHECK (m < 11)",
         ("changed check public.checked.m_small",)),
    Case("CHECK gone", "ALTER TABLE checked DROP CONSTRAINT o_case", ("missing check public.checked.o_case",)),
    Case("CHECK NOT VALID", "ALTER TABLE checked DROP CONSTRAINT n_positive,"
         " ADD CONSTRAINT n_positive CHECK (n > 0) NOT VALID", ("changed check public.checked.n_positive",)),
    Case("trigger added", "CREATE TRIGGER added BEFORE INSERT ON checked FOR EACH ROW EXECUTE FUNCTION touched()",
         ("extra trigger public.checked.added",)),
    Case("trigger disabled", "ALTER TABLE child DISABLE TRIGGER on_child", ("changed trigger public.child.on_child",)),
    Case("view added", "CREATE VIEW added_view AS SELECT 1 AS one", ("extra view public.added_view",)),
    Case("view text", "CREATE OR REPLACE VIEW positives AS SELECT n FROM checked WHERE n > 2", ("changed view public.positives",)),
    Case("view gone", "DROP VIEW positives", ("missing view public.positives",)),
    Case("materialized view text", "DROP MATERIALIZED VIEW totals; CREATE MATERIALIZED VIEW totals AS SELECT 1 AS rows",
         ("changed materialized view public.totals",), False),
    Case("function added", "CREATE FUNCTION added_function(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
         ("extra function public.added_function(text)",)),
    Case("function text", "CREATE OR REPLACE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n * 3'",
         ("changed function public.twice(integer)",)),
    Case("RLS on", "ALTER TABLE secured ENABLE ROW LEVEL SECURITY", ("extra row security public.secured",)),
    Case("RLS off", "ALTER TABLE ruled DISABLE ROW LEVEL SECURITY", ("missing row security public.ruled",)),
    Case("RLS forced", "ALTER TABLE ruled FORCE ROW LEVEL SECURITY", ("changed table public.ruled",), False),
    Case("policy added", "CREATE POLICY all_of_it ON secured USING (true)", ("extra policy public.secured.all_of_it",)),
    Case("policy text", "ALTER POLICY mine ON ruled USING (id > 1)", ("changed policy public.ruled.mine",)),
    Case("rule gone", "DROP RULE silent ON ruled", ("missing rule public.ruled.silent",)),
    Case("GRANT", 'GRANT SELECT, INSERT ON secured TO "Odd Role"', ("extra grant public.secured",)),
    Case("GRANT more", "GRANT DELETE ON ruled TO drift_reader", ("changed grant public.ruled",)),
    Case("REVOKE", "REVOKE SELECT ON ruled FROM drift_reader", ("missing grant public.ruled",)),
    Case("column order", "ALTER TABLE secured DROP COLUMN id, ADD COLUMN id integer",
         ("changed column order public.secured",), False),
    Case("FK NOT VALID", "ALTER TABLE child DROP CONSTRAINT child_second_fkey, ADD CONSTRAINT child_second_fkey"
         " FOREIGN KEY (second_id) REFERENCES parent NOT VALID", ("changed foreign key public.child.child_second_fkey",)),
    Case("FK gone", "ALTER TABLE child DROP CONSTRAINT child_third_fkey", ("missing foreign key public.child.child_third_fkey",)),
    Case("index predicate", "DROP INDEX partial; CREATE INDEX partial ON indexed (b) WHERE b > 1",
         ("changed index public.indexed.partial",)),
    Case("index method", "DROP INDEX method; CREATE INDEX method ON indexed USING hash (c)",
         ("changed index public.indexed.method",)),
    Case("index INCLUDE", "DROP INDEX covering; CREATE INDEX covering ON indexed (a)", ("changed index public.indexed.covering",)),
    Case("INVALID index", "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass",
         ("changed index public.indexed.broken",)),
    Case("INVALID index added", "CREATE INDEX left_over ON indexed (d);"
         "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'left_over'::regclass",
         ("extra index public.indexed.left_over",)),
    Case("odd index gone", 'DROP INDEX "Odd; Index"', ('missing index public.Odd "Table" Type: VIEW; x.Odd; Index',)),
    Case("odd column", """ALTER TABLE "Odd ""Table"" Type: VIEW; x" ALTER "a ""column" SET DEFAULT 1""",
         ('changed column public.Odd "Table" Type: VIEW; x.a "column',)),
    Case("PK columns", "ALTER TABLE indexed DROP CONSTRAINT indexed_pkey, ADD CONSTRAINT indexed_pkey PRIMARY KEY (id, d)",
         ("changed column public.indexed.d", "changed constraint public.indexed.indexed_pkey")),
    Case("collation", 'ALTER TABLE columns ALTER named TYPE text COLLATE "POSIX"', ("changed column public.columns.named",)),
    Case("deferrable unique", "ALTER TABLE indexed DROP CONSTRAINT a_unique, ADD CONSTRAINT a_unique UNIQUE (a)",
         ("changed constraint public.indexed.a_unique",)),
    Case("exclusion constraint", "ALTER TABLE ordered ADD CONSTRAINT apart EXCLUDE USING btree (b WITH =)",
         ("extra constraint public.ordered.apart",)),
    Case("stray type", "CREATE TYPE stray AS (x integer)", ("extra type public.stray",)),
    Case("domain", "ALTER DOMAIN positive DROP CONSTRAINT positive_check", ("changed domain public.positive",), False),
    Case("sequence increment", "ALTER SEQUENCE counter INCREMENT BY 5", ("changed sequence public.counter",)),
    Case("sequence type and cycle", "ALTER SEQUENCE wide AS smallint CYCLE", ("changed sequence public.wide",)),
    Case("FK enforcement", "ALTER TABLE parent DISABLE TRIGGER ALL",
         tuple(f"changed enforcement public.parent.child_{key}_fkey" for key in ("parent", "second", "third"))),
    Case("generated expression", "ALTER TABLE columns DROP computed,"
         " ADD computed integer GENERATED ALWAYS AS (small * 3) STORED",
         ("changed column order public.columns", "changed column public.columns.computed"), False),
    Case("storage parameter", "ALTER TABLE stored SET (fillfactor = 80)", ("changed table public.stored",), False),
    Case("column storage", "ALTER TABLE columns ALTER wanted SET STORAGE EXTERNAL", ("changed table public.columns",), False),
    Case("statistics object", "DROP STATISTICS related", ("missing statistics public.indexed.related",)),
    Case("column gone", "ALTER TABLE checked DROP COLUMN m",
         ("missing check public.checked.m_small", "missing column public.checked.m")),
    Case("column added", "ALTER TABLE parent ADD extra text", ("extra column public.parent.extra",), False),
    Case("table gone", "DROP TABLE whole",
         ("missing table public.whole",)),
    Case("table added", "CREATE TABLE added_table (id integer PRIMARY KEY, n integer CHECK (n > 0));"
         "COMMENT ON TABLE added_table IS 'x'",
         ("extra table public.added_table",), False),
    Case("partition detached", "ALTER TABLE parts DETACH PARTITION parts_1",
         ("missing index attach public.parts.parts_1_day_idx", "missing table attach public.parts.parts_1")),
    Case("schema added", "CREATE SCHEMA stray", ("extra schema stray",), False),
    Case("default grant", "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO drift_reader",
         ("extra default grant public.DEFAULT PRIVILEGES FOR TABLES",)),
    Case("schema grant", "GRANT CREATE ON SCHEMA public TO drift_reader", ("extra grant public",)),
)  # fmt: skip
# Of these, one hides another or takes its object away.
APART = frozenset(
    {
        "enum value extra",
        "CHECK gone",
        "FK gone",
        "view gone",
        "column gone",
        "RLS off",
        "rule gone",
        "REVOKE",
        "policy text",
    }
)


def read(target: Target) -> Schema:
    """The target's schema."""
    version = int(str(fetch(target, "SHOW server_version_num")[0][0])) // 10_000
    return read_schema(target, find_client("pg_dump", version).path, {})


def drifts_of(target: Target, expected: Schema) -> list[Drift]:
    """What differs from the expected."""
    return compare_schemas(expected, read(target))


def labels(drifts: list[Drift]) -> list[str]:
    """The kinds and objects, sorted."""
    return sorted(f"{drift.kind} {drift.object}" for drift in drifts)
