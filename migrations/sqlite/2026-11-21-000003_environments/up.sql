-- Environments with settings of their own, and configuration versions that are edited, deployed and put away.
ALTER TABLE environments ADD COLUMN description TEXT NOT NULL DEFAULT '';
-- Approvals by others than the proposer that protect it; 0: not protected.
ALTER TABLE environments ADD COLUMN approvals BIGINT NOT NULL DEFAULT 0;
-- Windows in which nothing moves forward, as JSON.
ALTER TABLE environments ADD COLUMN freezes TEXT NOT NULL DEFAULT '[]';
-- Only what is live there may go on to here.
ALTER TABLE environments ADD COLUMN promotes_from TEXT REFERENCES environments(id);
-- Configuration versions that the rack keeps.
ALTER TABLE environments ADD COLUMN keeps BIGINT NOT NULL DEFAULT 5;
ALTER TABLE environments ADD COLUMN lock_version BIGINT NOT NULL DEFAULT 1;

ALTER TABLE environment_versions ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE environment_versions ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE environment_versions ADD COLUMN updated_by TEXT NOT NULL DEFAULT '';
ALTER TABLE environment_versions ADD COLUMN deployed_by TEXT;
-- When another one took its place.
ALTER TABLE environment_versions ADD COLUMN retired_at BIGINT;
ALTER TABLE environment_versions ADD COLUMN binned_at BIGINT;
-- Who deleted it; nobody when deploying past the rack took it off.
ALTER TABLE environment_versions ADD COLUMN deleted_by TEXT;
ALTER TABLE environment_versions ADD COLUMN lock_version BIGINT NOT NULL DEFAULT 1;
UPDATE environment_versions SET updated_at = created_at, updated_by = created_by,
  deployed_by = CASE WHEN deployed_at IS NULL THEN NULL ELSE created_by END;

-- Append-only: every change of a rack, with the rack as it stood afterwards (DECISIONS 18).
CREATE TABLE environment_records (
  environment_id TEXT NOT NULL REFERENCES environments(id),
  event_seq BIGINT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  verb TEXT NOT NULL,
  number BIGINT,
  comment TEXT,
  actor_name TEXT NOT NULL,
  at BIGINT NOT NULL,
  snapshot TEXT NOT NULL,
  PRIMARY KEY (environment_id, event_seq)
) WITHOUT ROWID;
CREATE TRIGGER environment_records_fixed BEFORE UPDATE ON environment_records
BEGIN SELECT RAISE(ABORT, 'environment records never change'); END;
CREATE TRIGGER environment_records_kept BEFORE DELETE ON environment_records
BEGIN SELECT RAISE(ABORT, 'environment records are never deleted'); END;
