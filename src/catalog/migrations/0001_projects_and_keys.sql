-- Projects, keys, and the record of every change, for SQLite and PostgreSQL alike.
-- {id} is a number that the database gives, never twice; {now} is the present in microseconds.

-- One row. A change of anything here raises it, so that a process sees that it must read again.
CREATE TABLE catalog_version (
  one BIGINT PRIMARY KEY CHECK (one = 1),
  version BIGINT NOT NULL
);
INSERT INTO catalog_version (one, version) VALUES (1, 1);

CREATE TABLE catalog_project (
  id {id},
  name TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  timezone TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
INSERT INTO catalog_project (id, name, title, timezone, created_at)
VALUES (0, 'default', '', '', {now});

CREATE TABLE catalog_key (
  id {id},
  kind TEXT NOT NULL CHECK (kind IN ('write', 'read', 'admin')),
  project BIGINT REFERENCES catalog_project (id),
  name TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  origins TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  revoked_at BIGINT,
  CHECK (project IS NOT NULL OR kind = 'admin')
);

-- The id of an entry is the version that its change made.
CREATE TABLE catalog_audit (
  id BIGINT PRIMARY KEY,
  made_at BIGINT NOT NULL,
  who TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  project BIGINT,
  detail TEXT NOT NULL
);
CREATE INDEX catalog_audit_by_project ON catalog_audit (project, id);
