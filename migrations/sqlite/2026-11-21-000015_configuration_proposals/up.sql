-- A proposal is about one of two things: a flow's version, or an environment's configuration (PRODUCT 4.5, 9.3).
-- SQLite cannot take NOT NULL off a column, so both tables are made anew. A rename leads the references along.
CREATE TABLE proposals_next (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  flow_id TEXT REFERENCES flows(id),
  environment_id TEXT NOT NULL REFERENCES environments(id),
  version_id TEXT REFERENCES versions(id),
  version_number BIGINT,
  ask TEXT NOT NULL,
  comment TEXT NOT NULL,
  bound_hash TEXT NOT NULL,
  needed BIGINT NOT NULL,
  proposer_id TEXT NOT NULL REFERENCES users(id),
  proposer_name TEXT NOT NULL,
  author_id TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','executed','rejected','withdrawn')),
  ended_at BIGINT,
  executor_id TEXT,
  executor_name TEXT,
  configuration_id TEXT REFERENCES environment_versions(id),
  configuration_number BIGINT,
  CHECK ((flow_id IS NULL) = (version_id IS NULL) AND (version_id IS NULL) = (version_number IS NULL)),
  CHECK ((configuration_id IS NULL) = (configuration_number IS NULL)),
  CHECK ((version_id IS NULL) <> (configuration_id IS NULL))
);
INSERT INTO proposals_next (id, workspace_id, flow_id, environment_id, version_id, version_number, ask, comment, bound_hash, needed,
  proposer_id, proposer_name, author_id, created_at, expires_at, state, ended_at, executor_id, executor_name)
SELECT id, workspace_id, flow_id, environment_id, version_id, version_number, ask, comment, bound_hash, needed,
  proposer_id, proposer_name, author_id, created_at, expires_at, state, ended_at, executor_id, executor_name FROM proposals;
CREATE TABLE proposal_votes_next (
  proposal_id TEXT NOT NULL REFERENCES proposals_next(id),
  user_id TEXT NOT NULL REFERENCES users(id),
  user_name TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('approve','reject')),
  comment TEXT,
  at BIGINT NOT NULL,
  PRIMARY KEY (proposal_id, user_id)
);
INSERT INTO proposal_votes_next SELECT proposal_id, user_id, user_name, verdict, comment, at FROM proposal_votes;
DROP TABLE proposal_votes;
DROP TABLE proposals;
ALTER TABLE proposals_next RENAME TO proposals;
ALTER TABLE proposal_votes_next RENAME TO proposal_votes;
CREATE INDEX proposals_workspace ON proposals(workspace_id, id);
CREATE INDEX proposals_open ON proposals(workspace_id, id) WHERE state = 'open';
CREATE TRIGGER proposal_votes_others BEFORE INSERT ON proposal_votes
WHEN EXISTS (SELECT 1 FROM proposals WHERE id = NEW.proposal_id AND (proposer_id = NEW.user_id OR author_id = NEW.user_id))
BEGIN SELECT RAISE(ABORT, 'nobody approves their own'); END;
CREATE TRIGGER proposals_bound BEFORE UPDATE OF bound_hash, ask, version_id, configuration_id, environment_id, flow_id, proposer_id, author_id, needed
ON proposals
BEGIN SELECT RAISE(ABORT, 'what is proposed never changes'); END;

-- Who edited a configuration last may not approve it. Of drafts in work the history knows.
ALTER TABLE environment_versions ADD COLUMN updated_by_id TEXT;
UPDATE environment_versions SET updated_by_id = (
  SELECT e.actor_id FROM events e
  WHERE e.object_id = environment_versions.id AND e.action IN ('configuration.saved', 'configuration.drafted')
  ORDER BY e.seq DESC LIMIT 1);

-- The runs whose version a rollout decided, newest first.
CREATE INDEX runs_of_rollout ON runs(rollout, id) WHERE rollout IS NOT NULL;
