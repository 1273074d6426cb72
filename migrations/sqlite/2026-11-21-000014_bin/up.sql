-- Everything that was deleted or pruned, for 30 days: one list of all kinds (PRODUCT 3.7, 3.9).
CREATE TABLE bin_entries (
  -- The id of the thing itself.
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  kind TEXT NOT NULL CHECK (kind IN ('flow','version','component','secret','configuration','package','plan')),
  name TEXT NOT NULL,
  -- A line that says more than the name; may be empty.
  detail TEXT NOT NULL,
  -- What it held, as JSON, where its own rows went with it.
  held TEXT,
  reason TEXT NOT NULL,
  deleted_at BIGINT NOT NULL,
  deleted_by TEXT NOT NULL
);
CREATE INDEX bin_entries_newest ON bin_entries(workspace_id, deleted_at, id);
CREATE INDEX bin_entries_kind ON bin_entries(workspace_id, kind, deleted_at, id);
CREATE INDEX bin_entries_due ON bin_entries(deleted_at);

INSERT INTO bin_entries (id, workspace_id, kind, name, detail, reason, deleted_at, deleted_by)
SELECT id, workspace_id, 'flow', name, slug, '', deleted_at, COALESCE(deleted_by, 'Signalbox') FROM flows WHERE deleted_at IS NOT NULL;
INSERT INTO bin_entries (id, workspace_id, kind, name, detail, reason, deleted_at, deleted_by)
SELECT v.id, v.workspace_id, 'version', f.name || ' v' || v.number, v.note, '', v.deleted_at, COALESCE(v.deleted_by, 'Signalbox')
FROM versions v JOIN flows f ON f.id = v.flow_id WHERE v.deleted_at IS NOT NULL;
INSERT INTO bin_entries (id, workspace_id, kind, name, detail, reason, deleted_at, deleted_by)
SELECT id, workspace_id, CASE WHEN kind = 'secret' THEN 'secret' ELSE 'component' END, name, description, '', deleted_at,
  COALESCE(deleted_by, 'Signalbox')
FROM components WHERE deleted_at IS NOT NULL;
INSERT INTO bin_entries (id, workspace_id, kind, name, detail, reason, deleted_at, deleted_by)
SELECT v.id, v.workspace_id, 'configuration', e.name || ' #' || v.number, v.note, '', v.binned_at, COALESCE(v.deleted_by, 'Signalbox')
FROM environment_versions v JOIN environments e ON e.id = v.environment_id WHERE v.binned_at IS NOT NULL;

-- What stood in an editor's form when somebody compared it, so that the address of the comparison shows it again.
CREATE TABLE unsaved_edits (
  id TEXT PRIMARY KEY NOT NULL,
  version_id TEXT NOT NULL REFERENCES versions(id),
  text TEXT NOT NULL,
  settings TEXT NOT NULL,
  kept_at BIGINT NOT NULL,
  kept_by TEXT NOT NULL
);
CREATE INDEX unsaved_edits_version ON unsaved_edits(version_id, id);

-- A component's revisions may go when it has gone from the bin, and only then.
DROP TRIGGER component_revisions_kept;
CREATE TRIGGER component_revisions_kept BEFORE DELETE ON component_revisions
WHEN EXISTS (SELECT 1 FROM components WHERE id = OLD.component_id AND deleted_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'revisions are never deleted'); END;

-- A run that is no test is pinned to a revision, which holds the content; only tests of drafts point at content alone.
-- So the purge need not walk over all runs.
CREATE INDEX runs_tested_content ON runs(content_hash) WHERE test;
DROP TRIGGER contents_kept;
CREATE TRIGGER contents_kept BEFORE DELETE ON contents
WHEN EXISTS (SELECT 1 FROM revisions WHERE content_hash = OLD.hash) OR EXISTS (SELECT 1 FROM runs WHERE test AND content_hash = OLD.hash)
BEGIN SELECT RAISE(ABORT, 'content is still referred to'); END;
CREATE INDEX revisions_content ON revisions(content_hash);
