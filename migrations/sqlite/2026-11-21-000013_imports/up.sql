-- Files that somebody sent to be imported: kept for an hour between the report and the word to go on, and afterwards
-- what became of them (PRODUCT 3.11). The text is emptied once it is applied.
CREATE TABLE imports (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  file_name TEXT NOT NULL,
  content TEXT NOT NULL,
  -- SHA-256 of the text, in hex.
  content_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by_id TEXT,
  created_by TEXT NOT NULL,
  -- From then on it is gone.
  expires_at BIGINT NOT NULL,
  applied_at BIGINT,
  -- What was made, as JSON.
  result TEXT
);
CREATE INDEX imports_expiry ON imports(expires_at);
CREATE INDEX imports_workspace ON imports(workspace_id, id);
