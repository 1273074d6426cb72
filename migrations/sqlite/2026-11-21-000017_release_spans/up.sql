-- Which version of a flow the releases from one number to another hold. A release that leaves a flow as it was costs no
-- row: a workspace of thousands of flows is deployed to production all the time. Releases from before list their own.
CREATE TABLE release_spans (
  flow_id TEXT NOT NULL REFERENCES flows(id),
  from_number BIGINT NOT NULL,
  -- The last release that holds it so; none while the next one would, too.
  until_number BIGINT,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  version_id TEXT NOT NULL REFERENCES versions(id),
  number BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  content_hash TEXT NOT NULL REFERENCES contents(hash),
  archived BOOLEAN NOT NULL,
  PRIMARY KEY (flow_id, from_number),
  CHECK (until_number >= from_number)
);
CREATE INDEX release_spans_workspace ON release_spans(workspace_id, from_number);
CREATE INDEX release_spans_open ON release_spans(workspace_id) WHERE until_number IS NULL;
CREATE INDEX release_spans_version ON release_spans(version_id);
CREATE INDEX release_spans_content ON release_spans(content_hash);

CREATE TRIGGER release_spans_fixed BEFORE UPDATE OF flow_id, from_number, workspace_id, slug, name, version_id, number, revision, content_hash, archived ON release_spans
BEGIN SELECT RAISE(ABORT, 'what a release holds never changes'); END;
CREATE TRIGGER release_spans_ended BEFORE UPDATE OF until_number ON release_spans WHEN OLD.until_number IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'what a release holds never changes'); END;
CREATE TRIGGER release_spans_kept BEFORE DELETE ON release_spans BEGIN SELECT RAISE(ABORT, 'what a release holds never changes'); END;
