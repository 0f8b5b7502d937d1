-- Rejected events are of a project; those of before are of the default one.
--
-- A row of a file is known again within its project only: else an import into one project would
-- lose a row because another project has it, and would tell that it is there.

ALTER TABLE quarantine
  ADD COLUMN project bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT quarantine_row_hash_key,
  ADD CONSTRAINT quarantine_row_key UNIQUE (project, row_hash);

-- Lists are of one project, by id, and so is the choice of its oldest events.
CREATE INDEX quarantine_project_id ON quarantine (project, id);
