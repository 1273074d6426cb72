-- Proposals for protected environments, bound to exactly what is approved (PRODUCT 9.3, TRUST 4.5).

CREATE TABLE proposals (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  flow_id TEXT COLLATE "C" NOT NULL REFERENCES flows(id),
  environment_id TEXT COLLATE "C" NOT NULL REFERENCES environments(id),
  version_id TEXT COLLATE "C" NOT NULL REFERENCES versions(id),
  version_number BIGINT NOT NULL,
  ask TEXT COLLATE "C" NOT NULL,
  comment TEXT COLLATE "C" NOT NULL,
  bound_hash TEXT COLLATE "C" NOT NULL,
  needed BIGINT NOT NULL,
  proposer_id TEXT COLLATE "C" NOT NULL REFERENCES users(id),
  proposer_name TEXT COLLATE "C" NOT NULL,
  author_id TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open','executed','rejected','withdrawn')),
  ended_at BIGINT,
  executor_id TEXT COLLATE "C",
  executor_name TEXT COLLATE "C"
);
CREATE INDEX proposals_workspace ON proposals(workspace_id, id);
CREATE INDEX proposals_open ON proposals(workspace_id, id) WHERE state = 'open';

-- A person votes once; what they said stays.
CREATE TABLE proposal_votes (
  proposal_id TEXT COLLATE "C" NOT NULL REFERENCES proposals(id),
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users(id),
  user_name TEXT COLLATE "C" NOT NULL,
  verdict TEXT COLLATE "C" NOT NULL CHECK (verdict IN ('approve','reject')),
  comment TEXT COLLATE "C",
  at BIGINT NOT NULL,
  PRIMARY KEY (proposal_id, user_id)
);

CREATE FUNCTION proposal_votes_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM proposals WHERE id = NEW.proposal_id AND (proposer_id = NEW.user_id OR author_id = NEW.user_id)) THEN
    RAISE EXCEPTION 'nobody approves their own';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER proposal_votes_others BEFORE INSERT ON proposal_votes FOR EACH ROW EXECUTE FUNCTION proposal_votes_others();
CREATE TRIGGER proposals_bound BEFORE UPDATE OF bound_hash, ask, version_id, environment_id, flow_id, proposer_id, needed ON proposals
FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();
