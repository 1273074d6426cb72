-- Shared things that flows refer to by name (PRODUCT §1).
CREATE TABLE components (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('connection','script','cache','lookup','variable','secret')),
  name TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by TEXT COLLATE "C" NOT NULL,
  deleted_at BIGINT,
  deleted_by TEXT COLLATE "C",
  lock_version BIGINT NOT NULL
);
CREATE UNIQUE INDEX components_name ON components(workspace_id, kind, name) WHERE deleted_at IS NULL;
CREATE INDEX components_bin ON components(workspace_id, deleted_at) WHERE deleted_at IS NOT NULL;

-- Never change; a deployed configuration says which one it uses (DECISIONS 6).
CREATE TABLE component_revisions (
  component_id TEXT COLLATE "C" NOT NULL REFERENCES components(id),
  revision BIGINT NOT NULL,
  content TEXT COLLATE "C" NOT NULL,
  content_hash TEXT COLLATE "C" NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (component_id, revision)
);

-- Encrypted under a key that is not in the database; one value each, never versioned.
CREATE TABLE secret_values (
  component_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES components(id),
  ciphertext TEXT COLLATE "C" NOT NULL,
  nonce TEXT COLLATE "C" NOT NULL,
  key_id TEXT COLLATE "C" NOT NULL,
  set_at BIGINT NOT NULL,
  set_by TEXT COLLATE "C" NOT NULL
);

CREATE TABLE cache_entries (
  environment_id TEXT COLLATE "C" NOT NULL REFERENCES environments(id),
  component_id TEXT COLLATE "C" NOT NULL REFERENCES components(id),
  "key" TEXT COLLATE "C" NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  stored_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (environment_id, component_id, "key")
);
CREATE INDEX cache_entries_expiry ON cache_entries(expires_at);

CREATE TRIGGER component_revisions_fixed BEFORE UPDATE OR DELETE ON component_revisions FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();
