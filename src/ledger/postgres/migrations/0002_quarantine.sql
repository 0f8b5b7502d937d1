-- Rejected events of all processes in one list.
--
-- The table of the first step was never written to. Senders' bytes are no text that this database
-- takes (NUL, or no UTF-8), and its JSON takes no NUL either: so texts are bytes here.

DROP TABLE quarantine;
CREATE TABLE quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rejected_at timestamptz NOT NULL,
  bytes bigint NOT NULL,  -- what it counts in quarantine_total
  row_hash bigint UNIQUE,  -- by it a row of a file is known again; null: kept as often as it is sent
  format smallint NOT NULL,  -- 0 JSON, 1 CSV
  source bytea NOT NULL,  -- http, or FILE:LINE
  raw bytea NOT NULL,  -- as sent
  faults bytea NOT NULL  -- docs/formats/quarantine.md
);

-- What is kept now. Whoever changes the quarantine locks this row first and changes it too: so the
-- bounds hold over all processes, and ids are seen in their order. Its page keeps room for newer
-- versions.
CREATE TABLE quarantine_total (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  events bigint NOT NULL,
  bytes bigint NOT NULL,
  dropped bigint NOT NULL  -- the oldest that had to go for newer ones, of all time
) WITH (fillfactor = 10);
INSERT INTO quarantine_total (events, bytes, dropped) VALUES (0, 0, 0);
