-- Changes set for a time: checked when planned and again when due (PRODUCT 5.9).
CREATE TABLE planned_changes (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  flow_id TEXT COLLATE "C" NOT NULL REFERENCES flows(id),
  environment_id TEXT COLLATE "C" NOT NULL REFERENCES environments(id),
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('deploy','stage','rollback')),
  -- What is to be done, as JSON.
  body TEXT COLLATE "C" NOT NULL,
  -- What stood there when it was planned, or confirmed anew.
  base_revision BIGINT NOT NULL,
  base TEXT COLLATE "C" NOT NULL,
  due_at BIGINT NOT NULL,
  -- When a worker looks at it: when it is due, or when a freeze is over.
  check_at BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('planned','done','suspended','cancelled','failed')),
  outcome TEXT COLLATE "C" NOT NULL,
  -- The deployment record it made.
  record_id TEXT COLLATE "C",
  planned_by_id TEXT COLLATE "C",
  planned_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  -- Who confirmed or cancelled it last.
  decided_by TEXT COLLATE "C",
  ended_at BIGINT
);
CREATE INDEX planned_changes_workspace ON planned_changes(workspace_id, id);
CREATE INDEX planned_changes_due ON planned_changes(check_at) WHERE state = 'planned';
CREATE INDEX planned_changes_open ON planned_changes(workspace_id, due_at) WHERE ended_at IS NULL;
