-- Shared things that flows refer to by name (PRODUCT §1).
CREATE TABLE components (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  kind TEXT NOT NULL CHECK (kind IN ('connection','script','cache','lookup','variable','secret')),
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL,
  deleted_at BIGINT,
  deleted_by TEXT,
  lock_version BIGINT NOT NULL
);
CREATE UNIQUE INDEX components_name ON components(workspace_id, kind, name) WHERE deleted_at IS NULL;
CREATE INDEX components_bin ON components(workspace_id, deleted_at) WHERE deleted_at IS NOT NULL;

-- Never change; a deployed configuration says which one it uses (DECISIONS 6).
CREATE TABLE component_revisions (
  component_id TEXT NOT NULL REFERENCES components(id),
  revision BIGINT NOT NULL,
  content TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (component_id, revision)
);

-- Encrypted under a key that is not in the database; one value each, never versioned.
CREATE TABLE secret_values (
  component_id TEXT PRIMARY KEY NOT NULL REFERENCES components(id),
  ciphertext TEXT NOT NULL,
  nonce TEXT NOT NULL,
  key_id TEXT NOT NULL,
  set_at BIGINT NOT NULL,
  set_by TEXT NOT NULL
);

CREATE TABLE cache_entries (
  environment_id TEXT NOT NULL REFERENCES environments(id),
  component_id TEXT NOT NULL REFERENCES components(id),
  "key" TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  value TEXT NOT NULL,
  stored_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (environment_id, component_id, "key")
);
CREATE INDEX cache_entries_expiry ON cache_entries(expires_at);

CREATE TRIGGER component_revisions_fixed BEFORE UPDATE ON component_revisions BEGIN SELECT RAISE(ABORT, 'revisions never change'); END;
CREATE TRIGGER component_revisions_kept BEFORE DELETE ON component_revisions BEGIN SELECT RAISE(ABORT, 'revisions are never deleted'); END;
