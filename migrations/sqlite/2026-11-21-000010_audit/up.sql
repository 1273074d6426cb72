-- The history is sealed under the instance's key, and signed checkpoints say how far it went (PRODUCT 9.1, TRUST 4.10).

-- How an event was hashed: nothing is the first form, which leaves out some columns. What was written before stays as it was.
ALTER TABLE events ADD COLUMN form BIGINT;
-- The event under the instance's key: whoever has the database alone cannot make one.
ALTER TABLE events ADD COLUMN mac TEXT;
ALTER TABLE event_head ADD COLUMN mac TEXT;

-- Append-only. The body is what was signed; the other columns repeat it for look-ups.
CREATE TABLE event_checkpoints (
  number BIGINT PRIMARY KEY NOT NULL,
  epoch TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  body TEXT NOT NULL,
  signature TEXT NOT NULL
);
CREATE TRIGGER event_checkpoints_fixed BEFORE UPDATE ON event_checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints never change'); END;
CREATE TRIGGER event_checkpoints_kept BEFORE DELETE ON event_checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END;

-- What a flow, a version or an environment was from an event on, for *as of* (PRODUCT 9.2, DECISIONS 18). Append-only, and
-- kept when the thing itself is purged. Routing and configurations have records of their own.
CREATE TABLE object_states (
  object_id TEXT NOT NULL,
  event_seq BIGINT NOT NULL,
  object_kind TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  flow_id TEXT,
  at BIGINT NOT NULL,
  -- The first of its thing.
  born BOOLEAN NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (object_id, event_seq)
) WITHOUT ROWID;
CREATE INDEX object_states_born ON object_states(workspace_id, object_kind, object_id) WHERE born;
CREATE INDEX object_states_flow ON object_states(flow_id, event_seq) WHERE flow_id IS NOT NULL;
CREATE INDEX object_states_moment ON object_states(workspace_id, event_seq);
CREATE INDEX deployments_moment ON deployments(flow_id, environment_id, event_seq);
CREATE INDEX deployments_event ON deployments(event_seq);
CREATE INDEX deployments_workspace ON deployments(workspace_id, event_seq);
CREATE INDEX environment_records_workspace ON environment_records(workspace_id, event_seq);
CREATE INDEX events_at ON events(at, seq);
CREATE INDEX events_environment ON events(environment_id, seq) WHERE environment_id IS NOT NULL;

-- Who looked at the page of a version, a run or an environment: once an hour, for 30 days.
CREATE TABLE sightings (
  object_id TEXT NOT NULL,
  hour BIGINT NOT NULL,
  user_id TEXT NOT NULL,
  user_name TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  PRIMARY KEY (object_id, hour, user_id)
) WITHOUT ROWID;
CREATE INDEX sightings_age ON sightings(hour);
CREATE TRIGGER object_states_fixed BEFORE UPDATE ON object_states BEGIN SELECT RAISE(ABORT, 'states never change'); END;
CREATE TRIGGER object_states_kept BEFORE DELETE ON object_states BEGIN SELECT RAISE(ABORT, 'states are never deleted'); END;
