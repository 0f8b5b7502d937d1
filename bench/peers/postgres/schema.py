"""The table of the PostgreSQL and FastAPI peers."""

# Every index is paid for at ingest; these are what such tables have. `events_at` answers dau, mau
# and retention without touching the table.
INDEXES = """
CREATE INDEX events_at ON events (occurred_at) INCLUDE (user_id);
CREATE INDEX events_type_at ON events (event_type, occurred_at) INCLUDE (user_id);
"""

SCHEMA = """
CREATE TABLE events (
    event_id    uuid PRIMARY KEY,
    occurred_at timestamptz NOT NULL,
    user_id     text NOT NULL,
    event_type  text NOT NULL,
    properties  jsonb NOT NULL
);
""" + INDEXES
