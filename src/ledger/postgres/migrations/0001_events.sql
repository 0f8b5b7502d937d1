-- The record of truth: events, their ids, and in which order they were committed.
--
-- Times in bounds are written with their offset, so that no session's zone moves them.

-- What makes this ledger this one and no other: a view that was fed from another is made anew, and
-- ids that are no UUIDs are known by a hash under this key.
CREATE TABLE ledger (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  id_key bytea NOT NULL DEFAULT
    decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
);
INSERT INTO ledger DEFAULT VALUES;

-- Every id that ever was, once. Whether an id is new is decided here and nowhere else; it leads to
-- the event, so that the events need no index on their ids.
CREATE TABLE event_id (
  occurred_at timestamptz NOT NULL,
  batch_id bigint NOT NULL,
  event_key uuid NOT NULL,  -- the id itself where it is a UUID, else its hash
  project integer NOT NULL,
  PRIMARY KEY (event_key, project)
) PARTITION BY HASH (event_key);
DO $$
BEGIN
  FOR part IN 0..15 LOOP
    EXECUTE format(
      'CREATE TABLE %I PARTITION OF event_id FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
      'event_id_' || lpad(part::text, 2, '0'), part);
  END LOOP;
END $$;

-- A partition a month (src/ledger/postgres/partitions.hpp), made when its first event comes. The
-- wide columns stand first: so none of them needs padding.
CREATE TABLE event (
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  batch_id bigint NOT NULL,
  batch_row integer NOT NULL,  -- its place in the batch, rising; there may be gaps
  project integer NOT NULL,
  event_key uuid NOT NULL,
  event_text text COLLATE "C",  -- the id as sent, where it is no UUID
  user_id text COLLATE "C" NOT NULL,
  event_type text COLLATE "C" NOT NULL,
  properties text COLLATE "C" NOT NULL  -- JSON as sent
) PARTITION BY RANGE (occurred_at);
-- Each index is paid for with every event, so there are two: by batch for who follows the feed, and
-- for times a summary of pages, which costs next to nothing. Events are listed and found in the
-- stores that follow (docs/adr/0018), not here.
CREATE INDEX event_by_batch ON event (batch_id);
CREATE INDEX event_by_time ON event USING brin (occurred_at) WITH (pages_per_range = 16);
-- Two for all that senders' wrong clocks say: they bound how many there can be.
CREATE TABLE event_before_2000 PARTITION OF event
  FOR VALUES FROM (MINVALUE) TO ('2000-01-01 00:00:00+00');
CREATE TABLE event_from_2100 PARTITION OF event
  FOR VALUES FROM ('2100-01-01 00:00:00+00') TO (MAXVALUE);

-- The order of commits. Its row is locked from the last statement of a transaction to its end: so
-- positions have no gaps, and are seen in their order. Its page keeps room for newer versions.
CREATE TABLE feed_head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL,
  events bigint NOT NULL  -- up to that position
) WITH (fillfactor = 10);
INSERT INTO feed_head (position, events) VALUES (0, 0);

CREATE SEQUENCE event_batch_id;
CREATE TABLE event_batch (
  position bigint PRIMARY KEY,
  batch_id bigint NOT NULL UNIQUE,
  first_sequence bigint NOT NULL,  -- events before it
  events bigint NOT NULL,  -- the new ones; there may be none
  first_occurred_at timestamptz,  -- null where there are none
  last_occurred_at timestamptz,
  committed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Which batch holds what stood in an entry of a stream: a row an entry and no array in event_batch,
-- since both a redelivery and a client's `after` look for one of them.
CREATE TABLE stream_entry (
  entry_millis bigint NOT NULL,
  entry_number bigint NOT NULL,
  batch_id bigint NOT NULL,
  content bigint NOT NULL,  -- hash of its ids: after a failover another entry may have this name
  shard integer NOT NULL,
  PRIMARY KEY (shard, entry_millis, entry_number)
);

-- Rejected events, as sent.
CREATE TABLE quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rejected_at timestamptz NOT NULL,
  raw bytea NOT NULL,  -- perhaps no JSON, perhaps no UTF-8
  source text NOT NULL,
  format smallint NOT NULL,  -- 0 JSON, 1 CSV
  faults jsonb NOT NULL  -- [{"field", "code", "message"}]
);
