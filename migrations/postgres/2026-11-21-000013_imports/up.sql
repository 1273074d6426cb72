-- Files that somebody sent to be imported: kept for an hour between the report and the word to go on, and afterwards
-- what became of them (PRODUCT 3.11). The text is emptied once it is applied.
CREATE TABLE imports (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  file_name TEXT COLLATE "C" NOT NULL,
  content TEXT COLLATE "C" NOT NULL,
  -- SHA-256 of the text, in hex.
  content_hash TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  created_by_id TEXT COLLATE "C",
  created_by TEXT COLLATE "C" NOT NULL,
  -- From then on it is gone.
  expires_at BIGINT NOT NULL,
  applied_at BIGINT,
  -- What was made, as JSON.
  result TEXT COLLATE "C"
);
CREATE INDEX imports_expiry ON imports(expires_at);
CREATE INDEX imports_workspace ON imports(workspace_id, id);
