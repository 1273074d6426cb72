-- Numbered snapshots of a whole workspace's metadata (PRODUCT 6).
CREATE TABLE releases (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  number BIGINT NOT NULL,
  -- push: by a person; before and deployed: kept by a deployment.
  origin TEXT COLLATE "C" NOT NULL CHECK (origin IN ('push','before','deployed')),
  -- Whether it can be restored; every other one is a numbered manifest only.
  restorable BOOLEAN NOT NULL,
  comment TEXT COLLATE "C" NOT NULL,
  author_id TEXT COLLATE "C",
  author_name TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  -- The environment whose live versions it holds.
  environment_id TEXT COLLATE "C" REFERENCES environments(id),
  manifest TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  -- When it last became what production runs, and production's versions as they stood then.
  synced_at BIGINT,
  production_hash TEXT COLLATE "C"
);
CREATE UNIQUE INDEX releases_number ON releases(workspace_id, number);
CREATE INDEX releases_synced ON releases(workspace_id, production_hash, number) WHERE synced_at IS NOT NULL;

-- The next number of each workspace; whoever keeps a release holds this row.
CREATE TABLE release_numbers (
  workspace_id TEXT COLLATE "C" PRIMARY KEY NOT NULL REFERENCES workspaces(id),
  next BIGINT NOT NULL
);

-- What a release refers to: that stays readable for ever (PRODUCT 3.9).
CREATE TABLE release_flows (
  release_id TEXT COLLATE "C" NOT NULL REFERENCES releases(id),
  flow_id TEXT COLLATE "C" NOT NULL REFERENCES flows(id),
  version_id TEXT COLLATE "C" NOT NULL REFERENCES versions(id),
  revision BIGINT NOT NULL,
  content_hash TEXT COLLATE "C" NOT NULL REFERENCES contents(hash),
  PRIMARY KEY (release_id, flow_id)
);
CREATE INDEX release_flows_version ON release_flows(version_id);
CREATE INDEX release_flows_flow ON release_flows(flow_id);
CREATE INDEX release_flows_content ON release_flows(content_hash);

-- Each sync of a release to an environment, with what it did.
CREATE TABLE release_syncs (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  release_id TEXT COLLATE "C" NOT NULL REFERENCES releases(id),
  environment_id TEXT COLLATE "C" NOT NULL REFERENCES environments(id),
  at BIGINT NOT NULL,
  actor_id TEXT COLLATE "C",
  actor_name TEXT COLLATE "C" NOT NULL,
  comment TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL
);
CREATE INDEX release_syncs_release ON release_syncs(release_id, id);

CREATE TRIGGER releases_fixed BEFORE UPDATE OF number, manifest, hash, at, author_id, author_name ON releases
FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();
CREATE TRIGGER releases_kept BEFORE DELETE ON releases FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();
CREATE TRIGGER release_flows_fixed BEFORE UPDATE OR DELETE ON release_flows FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();
