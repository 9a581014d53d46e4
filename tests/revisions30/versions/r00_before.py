"""what there is before: tables with and without partitions, a view of each kind, an enum, a sequence, a function

Revision ID: r00
"""

from alembic import op

revision = "r00"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = """
CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TABLE customers (
    id bigint PRIMARY KEY, email varchar(100), name text, code integer, note varchar(20), mood mood
);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric(10, 2), placed timestamp, state text);
CREATE INDEX ix_orders_state ON orders (state);
CREATE TABLE payments (id bigint PRIMARY KEY, order_id bigint, reference text);
CREATE TABLE leftovers (id bigint);
CREATE TABLE events (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 (id bigint, at date);
CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id;
CREATE UNIQUE INDEX order_totals_customer_id ON order_totals (customer_id);
CREATE VIEW customer_codes AS SELECT id FROM customers;
CREATE SEQUENCE tickets;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
"""


def upgrade() -> None:
    op.execute(SCHEMA)
