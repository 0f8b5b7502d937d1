"""Fills the tables of Tidemark's ledger, or of the FastAPI stack, before a load writes to them.

The rows are of the 90 days before those of a load, in the order of their time, and alike in both.
An index on random ids is built when all rows are there, with pages as full as inserts in random
order leave them.
"""

import concurrent.futures
import os

from bench.peers.postgres.schema import INDEXES
from tools.own_servers import Postgres

CHUNK = 500_000  # rows of one statement; as many statements as cores run at one time
BATCH = 5_000  # events of one transaction of a worker
RANDOM_FILL = 70  # percent
USERS_MIN = 100_000  # those of a load
EVENTS_OF_A_USER = 25

# `tidemark generate`, and so every load, begins on 2025-06-01.
NUMBERED = """
  SELECT number, md5(int8send(number))::uuid AS id,
    to_timestamp(1740960000 + (number - 1) * (90 * 86400e0 / :events)) AS occurred_at
  FROM generate_series(:first, :last) AS number"""

# As the generator makes them, and about as large.
USER_ID = "'u' || lpad(floor(power(random(), 2.5) * :users)::int::text, 8, '0')"
EVENT_TYPE = """
  (ARRAY['app_open', 'app_open', 'app_open', 'app_open', 'app_open', 'app_open', 'product_view',
         'product_view', 'product_view', 'product_view', 'product_view', 'product_view',
         'product_view', 'product_view', 'search', 'search', 'search', 'add_to_cart', 'add_to_cart',
         'add_to_cart', 'login', 'login', 'checkout', 'purchase', 'logout'
  ])[1 + floor(random() * 25)::int]"""
PROPERTIES = """
  '{"country":"' || (ARRAY['UA', 'PL', 'DE', 'US', 'GB', 'FR', 'IN', 'BR'])[
    1 + floor(random() * 8)::int]
  || '","platform":"' || (ARRAY['ios', 'android', 'web'])[1 + floor(random() * 3)::int]
  || '","session_id":"s' || lpad(to_hex(floor(random() * 4294967296)::bigint), 8, '0')
  || '","product":"p' || floor(random() * 500)::int || '"}'"""

STACK_BEFORE = """
ALTER TABLE events DROP CONSTRAINT events_pkey;
DROP INDEX events_at, events_type_at;"""

STACK_CHUNK = f"""
INSERT INTO events
SELECT id, occurred_at, {USER_ID}, {EVENT_TYPE}, ({PROPERTIES})::jsonb FROM ({NUMBERED}) AS row;"""

STACK_BEHIND = f"""
ALTER TABLE events ADD PRIMARY KEY (event_id) WITH (fillfactor = {RANDOM_FILL});
{INDEXES}"""

# The partitions are those that a worker would make: src/ledger/postgres/partitions.cpp.
LEDGER_BEFORE = """
ALTER TABLE event_id DROP CONSTRAINT event_id_pkey;
CREATE TABLE event_2025_03 PARTITION OF event
  FOR VALUES FROM ('2025-03-01 00:00:00+00') TO ('2025-04-01 00:00:00+00');
CREATE TABLE event_2025_04 PARTITION OF event
  FOR VALUES FROM ('2025-04-01 00:00:00+00') TO ('2025-05-01 00:00:00+00');
CREATE TABLE event_2025_05 PARTITION OF event
  FOR VALUES FROM ('2025-05-01 00:00:00+00') TO ('2025-06-01 00:00:00+00');"""

LEDGER_CHUNK = f"""
INSERT INTO event (occurred_at, received_at, batch_id, batch_row, project, event_key, user_id,
                   event_type, properties)
SELECT occurred_at, '2025-06-01 00:00:00+00', 1 + (number - 1) / {BATCH}, (number - 1) % {BATCH},
       0, id, {USER_ID}, {EVENT_TYPE}, {PROPERTIES} FROM ({NUMBERED}) AS row;
INSERT INTO event_id (occurred_at, batch_id, event_key, project)
SELECT occurred_at, 1 + (number - 1) / {BATCH}, id, 0 FROM ({NUMBERED}) AS row;"""

# Positions are the numbers of the batches: docs/formats/postgresql.md says what must agree.
LEDGER_BEHIND = f"""
ALTER TABLE event_id ADD CONSTRAINT event_id_pkey PRIMARY KEY (event_key, project)
  WITH (fillfactor = {RANDOM_FILL});
INSERT INTO event_batch (position, batch_id, first_sequence, events, first_occurred_at,
                         last_occurred_at)
SELECT batch_id, batch_id, (batch_id - 1) * {BATCH}, count(*), min(occurred_at), max(occurred_at)
FROM event GROUP BY batch_id;
UPDATE feed_head SET (position, events) = (SELECT max(position), sum(events) FROM event_batch);
SELECT setval('event_batch_id', position) FROM feed_head;"""


def fill_stack(postgres: Postgres, events: int):
    """The empty table of bench/peers/postgres/schema.py."""
    _fill(postgres, events, STACK_BEFORE, STACK_CHUNK, STACK_BEHIND)


def fill_ledger(postgres: Postgres, events: int):
    """An empty ledger, which nobody has written to; but `stream_entry`, whose rows go with time."""
    _fill(postgres, events, LEDGER_BEFORE, LEDGER_CHUNK, LEDGER_BEHIND)


def _fill(postgres: Postgres, events: int, before: str, chunk: str, behind: str):
    users = max(USERS_MIN, events // EVENTS_OF_A_USER)

    def fill(first: int):
        last = min(first + CHUNK - 1, events)
        postgres.sql(chunk, first=first, last=last, events=events, users=users)

    postgres.sql(before)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as several:
        list(several.map(fill, range(1, events + 1, CHUNK)))  # a fault of any comes out here
    postgres.sql(behind)
    # Nothing of it is to be left to the time that is measured.
    postgres.sql("VACUUM ANALYZE; CHECKPOINT;")
