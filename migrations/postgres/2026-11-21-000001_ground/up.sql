-- Times are microseconds UTC (BIGINT); states are words with a CHECK; JSON is text, compared byte by byte as on SQLite.

CREATE TABLE instance (name TEXT COLLATE "C" PRIMARY KEY NOT NULL, value TEXT COLLATE "C" NOT NULL);

CREATE TABLE workspaces (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  slug TEXT COLLATE "C" NOT NULL UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE users (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  email TEXT COLLATE "C" NOT NULL UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  password_hash TEXT COLLATE "C" NOT NULL,
  disabled_at BIGINT,
  created_at BIGINT NOT NULL,
  last_sign_in_at BIGINT
);

-- scope: a workspace's id, or * for the whole instance
CREATE TABLE grants (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users(id),
  scope TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL CHECK (role IN ('viewer','editor','operator','admin')),
  PRIMARY KEY (user_id, scope)
);

CREATE TABLE sessions (
  id_hash TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  user_id TEXT COLLATE "C" REFERENCES users(id),
  state TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  agent TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions(user_id, created_at);

CREATE TABLE tokens (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users(id),
  name TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL CHECK (role IN ('viewer','editor','operator','admin')),
  secret_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX tokens_user ON tokens(user_id, id);

CREATE TABLE setup_links (
  hash TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

-- subject: account:EMAIL or address:IP
CREATE TABLE sign_in_failures (
  subject TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  failures BIGINT NOT NULL,
  since BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL
);

CREATE TABLE flows (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  slug TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  namespace TEXT COLLATE "C" NOT NULL,
  document_name TEXT COLLATE "C" NOT NULL,
  next_number BIGINT NOT NULL,
  working_draft TEXT COLLATE "C",
  single_draft BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  archived_at BIGINT,
  deleted_at BIGINT,
  deleted_by TEXT COLLATE "C",
  lock_version BIGINT NOT NULL
);
CREATE UNIQUE INDEX flows_slug ON flows(workspace_id, slug) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX flows_document ON flows(workspace_id, namespace, document_name) WHERE deleted_at IS NULL;

-- Content is named by its hash and never changes; a trigger below refuses to try.
CREATE TABLE contents (
  hash TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  definition TEXT COLLATE "C" NOT NULL,
  settings TEXT COLLATE "C" NOT NULL,
  structure_hash TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE versions (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  flow_id TEXT COLLATE "C" NOT NULL REFERENCES flows(id),
  number BIGINT NOT NULL,
  lifecycle TEXT COLLATE "C" NOT NULL CHECK (lifecycle IN ('draft','published','archived')),
  origin TEXT COLLATE "C" NOT NULL,
  from_version_id TEXT COLLATE "C",
  from_number BIGINT,
  note TEXT COLLATE "C" NOT NULL,
  reference TEXT COLLATE "C",
  label TEXT COLLATE "C",
  ready BOOLEAN NOT NULL,
  problems TEXT COLLATE "C" NOT NULL,
  problem_count BIGINT NOT NULL,
  content_hash TEXT COLLATE "C" NOT NULL,
  revision BIGINT NOT NULL,
  author_id TEXT COLLATE "C",
  author_name TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by TEXT COLLATE "C" NOT NULL,
  published_at BIGINT,
  published_by TEXT COLLATE "C",
  first_live_at BIGINT,
  synced_at BIGINT,
  archived_at BIGINT,
  deleted_at BIGINT,
  deleted_by TEXT COLLATE "C",
  lock_version BIGINT NOT NULL
);
CREATE UNIQUE INDEX versions_number ON versions(flow_id, number);
CREATE UNIQUE INDEX versions_label ON versions(flow_id, label) WHERE label IS NOT NULL AND deleted_at IS NULL;
-- With the number, so that the first of a content is found without walking over the flow's versions.
CREATE INDEX versions_content ON versions(flow_id, content_hash, number);
CREATE INDEX versions_shown ON versions(flow_id, number) WHERE archived_at IS NULL AND deleted_at IS NULL;
CREATE INDEX versions_archived ON versions(flow_id, number) WHERE lifecycle = 'archived' AND deleted_at IS NULL;
CREATE INDEX versions_drafts ON versions(flow_id, number) WHERE lifecycle = 'draft' AND deleted_at IS NULL;
CREATE INDEX versions_bin ON versions(workspace_id, deleted_at) WHERE deleted_at IS NOT NULL;

-- The author's own text (comments and layout) and the settings, beside the canonical content.
CREATE TABLE version_texts (
  version_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES versions(id),
  text TEXT COLLATE "C" NOT NULL,
  settings TEXT COLLATE "C" NOT NULL
);

-- What autosave left behind: a capped trail inside the draft.
CREATE TABLE draft_saves (
  version_id TEXT COLLATE "C" NOT NULL REFERENCES versions(id),
  lock_version BIGINT NOT NULL,
  text TEXT COLLATE "C" NOT NULL,
  settings TEXT COLLATE "C" NOT NULL,
  saved_at BIGINT NOT NULL,
  saved_by TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (version_id, lock_version)
);

-- n.0 at publication, n.1 … hot-fixes: what runs and deployments refer to.
CREATE TABLE revisions (
  version_id TEXT COLLATE "C" NOT NULL REFERENCES versions(id),
  revision BIGINT NOT NULL,
  content_hash TEXT COLLATE "C" NOT NULL REFERENCES contents(hash),
  note TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (version_id, revision)
);

CREATE TABLE environments (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  slug TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('development','test','staging','production')),
  position BIGINT NOT NULL,
  is_production BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  archived_at BIGINT,
  UNIQUE (workspace_id, slug)
);
-- One environment per workspace is the production that colours number plates (DECISIONS 8).
CREATE UNIQUE INDEX environments_production ON environments(workspace_id) WHERE is_production;

CREATE TABLE environment_versions (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  environment_id TEXT COLLATE "C" NOT NULL REFERENCES environments(id),
  number BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft','deployed','inactive')),
  configuration TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  deployed_at BIGINT,
  UNIQUE (environment_id, number)
);
CREATE UNIQUE INDEX environment_versions_draft ON environment_versions(environment_id) WHERE state = 'draft';
CREATE UNIQUE INDEX environment_versions_deployed ON environment_versions(environment_id) WHERE state = 'deployed';

-- One row per flow and environment: at most one primary and one candidate by construction (PRODUCT 5.1).
CREATE TABLE routing (
  flow_id TEXT COLLATE "C" NOT NULL REFERENCES flows(id),
  environment_id TEXT COLLATE "C" NOT NULL REFERENCES environments(id),
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  primary_version TEXT COLLATE "C" REFERENCES versions(id),
  primary_number BIGINT,
  primary_revision BIGINT,
  primary_since BIGINT,
  candidate_version TEXT COLLATE "C" REFERENCES versions(id),
  candidate_number BIGINT,
  candidate_revision BIGINT,
  basis_points BIGINT NOT NULL CHECK (basis_points BETWEEN 0 AND 9999),
  salt TEXT COLLATE "C" NOT NULL,
  counter BIGINT NOT NULL,
  switch TEXT COLLATE "C" NOT NULL CHECK (switch IN ('on','paused','disabled','stopped')),
  switch_reason TEXT COLLATE "C",
  switch_by TEXT COLLATE "C",
  switch_at BIGINT,
  revision BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (flow_id, environment_id),
  CHECK (candidate_version IS NULL OR primary_version IS NOT NULL),
  CHECK ((candidate_version IS NULL) = (basis_points = 0))
);
CREATE INDEX routing_environment ON routing(environment_id, flow_id);
CREATE INDEX routing_switched_off ON routing(workspace_id) WHERE switch <> 'on';

-- Append-only: every change of a routing row, with the row as it stood afterwards (DECISIONS 18).
CREATE TABLE deployments (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  flow_id TEXT COLLATE "C" NOT NULL REFERENCES flows(id),
  environment_id TEXT COLLATE "C" NOT NULL REFERENCES environments(id),
  routing_revision BIGINT NOT NULL,
  verb TEXT COLLATE "C" NOT NULL,
  version_id TEXT COLLATE "C",
  version_number BIGINT,
  from_version_id TEXT COLLATE "C",
  from_number BIGINT,
  comment TEXT COLLATE "C",
  in_flight TEXT COLLATE "C" NOT NULL,
  actor_id TEXT COLLATE "C",
  actor_name TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  event_seq BIGINT NOT NULL,
  snapshot TEXT COLLATE "C" NOT NULL,
  UNIQUE (flow_id, environment_id, routing_revision)
);
CREATE INDEX deployments_version ON deployments(version_id);

CREATE TABLE workers (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  machine TEXT COLLATE "C" NOT NULL,
  started_at BIGINT NOT NULL,
  heartbeat_at BIGINT NOT NULL
);

-- A run is its own outbox row: `pending` until a worker takes it up.
CREATE TABLE runs (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  flow_id TEXT COLLATE "C" NOT NULL,
  environment_id TEXT COLLATE "C" NOT NULL,
  version_id TEXT COLLATE "C" NOT NULL,
  version_number BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  content_hash TEXT COLLATE "C" NOT NULL,
  environment_version BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending','running','waiting','suspended','cancelled','faulted','completed','needs_attention')),
  "trigger" TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  routing_revision BIGINT NOT NULL,
  "key" TEXT COLLATE "C",
  test BOOLEAN NOT NULL,
  input TEXT COLLATE "C" NOT NULL,
  output TEXT COLLATE "C",
  error TEXT COLLATE "C",
  parent_run_id TEXT COLLATE "C",
  retry_of TEXT COLLATE "C",
  depth BIGINT NOT NULL,
  actor_id TEXT COLLATE "C",
  actor_name TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  finished_at BIGINT,
  worker TEXT COLLATE "C",
  fence BIGINT NOT NULL,
  wake_at BIGINT,
  control TEXT COLLATE "C",
  takeovers BIGINT NOT NULL
);
CREATE INDEX runs_workspace ON runs(workspace_id, id);
CREATE INDEX runs_flow ON runs(flow_id, id);
CREATE INDEX runs_version ON runs(version_id, id);
CREATE INDEX runs_environment ON runs(environment_id, id);
CREATE INDEX runs_place ON runs(flow_id, environment_id, id);
-- What is rare is found without walking over what is common.
CREATE INDEX runs_workspace_uncommon ON runs(workspace_id, state, id) WHERE state <> 'completed';
CREATE INDEX runs_flow_uncommon ON runs(flow_id, state, id) WHERE state <> 'completed';
CREATE INDEX runs_tests ON runs(version_id) WHERE test;
CREATE INDEX runs_trigger_uncommon ON runs(workspace_id, "trigger", id) WHERE "trigger" <> 'api';
-- What a worker looks for; a run that is taken up in the transaction that stores it is never in them.
CREATE INDEX runs_resting ON runs(state, id) WHERE worker IS NULL AND finished_at IS NULL;
CREATE INDEX runs_waking ON runs(wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX runs_worker ON runs(worker) WHERE worker IS NOT NULL;
CREATE INDEX runs_parent ON runs(parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX runs_retry ON runs(retry_of) WHERE retry_of IS NOT NULL;

-- The journal: one row per step entered, updated as it goes on. `position` is the order of entering.
CREATE TABLE run_steps (
  run_id TEXT COLLATE "C" NOT NULL,
  position BIGINT NOT NULL,
  "key" TEXT COLLATE "C" NOT NULL,
  pointer TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  iteration BIGINT,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('running','waiting','completed','faulted','skipped','cancelled')),
  attempts TEXT COLLATE "C" NOT NULL,
  input TEXT COLLATE "C" NOT NULL,
  output TEXT COLLATE "C",
  error TEXT COLLATE "C",
  context TEXT COLLATE "C",
  directive TEXT COLLATE "C",
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  wake_at BIGINT,
  child_run_id TEXT COLLATE "C",
  PRIMARY KEY (run_id, position)
);

-- Ended runs to be counted; folded into version_stats within seconds, so that ending runs never queue on one row.
CREATE TABLE stats_deltas (
  id BIGSERIAL PRIMARY KEY,
  flow_id TEXT COLLATE "C" NOT NULL,
  version_id TEXT COLLATE "C" NOT NULL,
  environment_id TEXT COLLATE "C" NOT NULL,
  hour BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  bucket BIGINT NOT NULL
);

-- hour: start of the hour in microseconds; 0 holds the total of all time.
CREATE TABLE version_stats (
  version_id TEXT COLLATE "C" NOT NULL,
  environment_id TEXT COLLATE "C" NOT NULL,
  hour BIGINT NOT NULL,
  flow_id TEXT COLLATE "C" NOT NULL,
  completed BIGINT NOT NULL,
  faulted BIGINT NOT NULL,
  cancelled BIGINT NOT NULL,
  histogram TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (version_id, hour, environment_id)
);
CREATE INDEX version_stats_flow ON version_stats(flow_id, hour);

CREATE TABLE idempotency (
  actor TEXT COLLATE "C" NOT NULL,
  "key" TEXT COLLATE "C" NOT NULL,
  request_hash TEXT COLLATE "C" NOT NULL,
  status BIGINT NOT NULL,
  answer TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (actor, "key")
);
CREATE INDEX idempotency_age ON idempotency(created_at);

CREATE TABLE events (
  seq BIGINT PRIMARY KEY NOT NULL,
  id TEXT COLLATE "C" NOT NULL UNIQUE,
  at BIGINT NOT NULL,
  actor_id TEXT COLLATE "C",
  actor_name TEXT COLLATE "C" NOT NULL,
  channel TEXT COLLATE "C" NOT NULL,
  workspace_id TEXT COLLATE "C",
  flow_id TEXT COLLATE "C",
  environment_id TEXT COLLATE "C",
  action TEXT COLLATE "C" NOT NULL,
  object_kind TEXT COLLATE "C" NOT NULL,
  object_id TEXT COLLATE "C" NOT NULL,
  object_name TEXT COLLATE "C" NOT NULL,
  before TEXT COLLATE "C",
  after TEXT COLLATE "C",
  reason TEXT COLLATE "C",
  reference TEXT COLLATE "C",
  request_id TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL
);
CREATE INDEX events_workspace ON events(workspace_id, seq);
CREATE INDEX events_flow ON events(flow_id, seq) WHERE flow_id IS NOT NULL;
CREATE INDEX events_actor ON events(actor_id, seq) WHERE actor_id IS NOT NULL;
CREATE INDEX events_object ON events(object_id, seq);

CREATE TABLE event_head (id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1), seq BIGINT NOT NULL, hash TEXT COLLATE "C" NOT NULL);
INSERT INTO event_head (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE FUNCTION signalbox_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% never changes', TG_TABLE_NAME; END $$;
CREATE FUNCTION signalbox_keep_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM revisions WHERE content_hash = OLD.hash) OR EXISTS (SELECT 1 FROM runs WHERE content_hash = OLD.hash) THEN
    RAISE EXCEPTION 'content is still referred to';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER contents_fixed BEFORE UPDATE ON contents FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();
CREATE TRIGGER events_fixed BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();
CREATE TRIGGER deployments_fixed BEFORE UPDATE ON deployments FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();
-- The bin's purge is the one way out, and only for content that nothing refers to (DECISIONS 2).
CREATE TRIGGER contents_kept BEFORE DELETE ON contents FOR EACH ROW EXECUTE FUNCTION signalbox_keep_content();
