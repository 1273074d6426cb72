-- Rollouts by stages with their guard, quarantine, plans of stages, and re-runs (PRODUCT 5.3 to 5.5).

ALTER TABLE routing ADD COLUMN rollout_id TEXT NOT NULL DEFAULT '';

-- The rollout that decided which version a run got; only such runs count for its guard.
ALTER TABLE runs ADD COLUMN rollout TEXT;
CREATE INDEX runs_rollout ON runs(rollout, version_id, id) WHERE rollout IS NOT NULL;

CREATE TABLE rollouts (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  flow_id TEXT NOT NULL REFERENCES flows(id),
  environment_id TEXT NOT NULL REFERENCES environments(id),
  version_id TEXT NOT NULL REFERENCES versions(id),
  version_number BIGINT NOT NULL,
  primary_id TEXT NOT NULL REFERENCES versions(id),
  primary_number BIGINT NOT NULL,
  key_expression TEXT,
  plan_name TEXT,
  stages TEXT NOT NULL,
  advance TEXT NOT NULL CHECK (advance IN ('auto','manual')),
  guard TEXT,
  state TEXT NOT NULL CHECK (state IN ('running','halted','completed','stopped','rolled_back','replaced')),
  stage BIGINT NOT NULL,
  step BIGINT NOT NULL,
  step_since BIGINT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('pending','pass','fail','inconclusive')),
  outcome_text TEXT NOT NULL,
  comment TEXT,
  started_at BIGINT NOT NULL,
  started_by TEXT NOT NULL,
  ended_at BIGINT,
  ended_by TEXT,
  end_reason TEXT
);
CREATE INDEX rollouts_workspace ON rollouts(workspace_id, id);
-- One rollout at a time per flow and environment, as the routing row has one candidate.
CREATE UNIQUE INDEX rollouts_open ON rollouts(flow_id, environment_id) WHERE ended_at IS NULL;
CREATE INDEX rollouts_running ON rollouts(id) WHERE state = 'running';

-- Each share that was entered, in order: a stage of the plan, or one that a person chose.
CREATE TABLE rollout_steps (
  rollout_id TEXT NOT NULL REFERENCES rollouts(id),
  step BIGINT NOT NULL,
  basis_points BIGINT NOT NULL,
  entered_at BIGINT NOT NULL,
  entered_by TEXT NOT NULL,
  left_at BIGINT,
  outcome TEXT,
  PRIMARY KEY (rollout_id, step)
);

-- What ended in a step, per side; written in the transaction that ends the run (PRODUCT 5.4).
CREATE TABLE rollout_tallies (
  rollout_id TEXT NOT NULL REFERENCES rollouts(id),
  step BIGINT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('candidate','primary')),
  completed BIGINT NOT NULL,
  faulted BIGINT NOT NULL,
  cancelled BIGINT NOT NULL,
  slow BIGINT NOT NULL,
  durations TEXT NOT NULL,
  PRIMARY KEY (rollout_id, step, side)
);

-- The same per minute, for the chart.
CREATE TABLE rollout_minutes (
  rollout_id TEXT NOT NULL REFERENCES rollouts(id),
  minute BIGINT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('candidate','primary')),
  completed BIGINT NOT NULL,
  faulted BIGINT NOT NULL,
  PRIMARY KEY (rollout_id, minute, side)
);

CREATE TABLE quarantines (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  flow_id TEXT NOT NULL REFERENCES flows(id),
  environment_id TEXT NOT NULL REFERENCES environments(id),
  version_id TEXT NOT NULL REFERENCES versions(id),
  version_number BIGINT NOT NULL,
  reason TEXT NOT NULL,
  since BIGINT NOT NULL,
  by_name TEXT NOT NULL,
  event_seq BIGINT NOT NULL,
  released_at BIGINT,
  released_by TEXT,
  release_reason TEXT
);
CREATE UNIQUE INDEX quarantines_held ON quarantines(flow_id, environment_id, version_id) WHERE released_at IS NULL;
CREATE INDEX quarantines_workspace ON quarantines(workspace_id, since) WHERE released_at IS NULL;

CREATE TABLE plans (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  name TEXT NOT NULL,
  stages TEXT NOT NULL,
  advance TEXT NOT NULL CHECK (advance IN ('auto','manual')),
  guard TEXT,
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL,
  lock_version BIGINT NOT NULL
);
CREATE UNIQUE INDEX plans_name ON plans(workspace_id, name);

-- A run that was started again because its version was found bad: at most once (PRODUCT 5.5).
CREATE TABLE reruns (
  run_id TEXT PRIMARY KEY NOT NULL,
  new_run_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  by_name TEXT NOT NULL
);
