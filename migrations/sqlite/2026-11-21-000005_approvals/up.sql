-- Proposals for protected environments, bound to exactly what is approved (PRODUCT 9.3, TRUST 4.5).

CREATE TABLE proposals (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  flow_id TEXT NOT NULL REFERENCES flows(id),
  environment_id TEXT NOT NULL REFERENCES environments(id),
  version_id TEXT NOT NULL REFERENCES versions(id),
  version_number BIGINT NOT NULL,
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
  executor_name TEXT
);
CREATE INDEX proposals_workspace ON proposals(workspace_id, id);
CREATE INDEX proposals_open ON proposals(workspace_id, id) WHERE state = 'open';

-- A person votes once; what they said stays.
CREATE TABLE proposal_votes (
  proposal_id TEXT NOT NULL REFERENCES proposals(id),
  user_id TEXT NOT NULL REFERENCES users(id),
  user_name TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('approve','reject')),
  comment TEXT,
  at BIGINT NOT NULL,
  PRIMARY KEY (proposal_id, user_id)
);

CREATE TRIGGER proposal_votes_others BEFORE INSERT ON proposal_votes
WHEN EXISTS (SELECT 1 FROM proposals WHERE id = NEW.proposal_id AND (proposer_id = NEW.user_id OR author_id = NEW.user_id))
BEGIN SELECT RAISE(ABORT, 'nobody approves their own'); END;
CREATE TRIGGER proposals_bound BEFORE UPDATE OF bound_hash, ask, version_id, environment_id, flow_id, proposer_id, needed ON proposals
BEGIN SELECT RAISE(ABORT, 'what is proposed never changes'); END;
