-- Sets of flow versions that go out and come back together (PRODUCT 5.10).
CREATE TABLE packages (
  id TEXT PRIMARY KEY NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  name TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by TEXT NOT NULL,
  -- Since then no flow can be taken out.
  first_deployed_at BIGINT,
  lock_version BIGINT NOT NULL
);
CREATE UNIQUE INDEX packages_name ON packages(workspace_id, name);

-- At most one version of any flow.
CREATE TABLE package_items (
  package_id TEXT NOT NULL REFERENCES packages(id),
  flow_id TEXT NOT NULL REFERENCES flows(id),
  version_id TEXT NOT NULL REFERENCES versions(id),
  version_number BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  PRIMARY KEY (package_id, flow_id)
);
CREATE INDEX package_items_version ON package_items(version_id);
CREATE INDEX package_items_flow ON package_items(flow_id);

CREATE TABLE package_deployments (
  id TEXT PRIMARY KEY NOT NULL,
  package_id TEXT NOT NULL REFERENCES packages(id),
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  environment_id TEXT NOT NULL REFERENCES environments(id),
  -- First share in basis points; 10,000 is all new runs at once.
  basis_points BIGINT NOT NULL,
  plan_name TEXT,
  comment TEXT,
  at BIGINT NOT NULL,
  actor_id TEXT,
  actor_name TEXT NOT NULL,
  back_at BIGINT,
  back_by TEXT,
  back_reason TEXT
);
CREATE INDEX package_deployments_package ON package_deployments(package_id, environment_id, id);

-- What a deployment of a package did to each flow, and what stood there before.
CREATE TABLE package_deployment_flows (
  deployment_id TEXT NOT NULL REFERENCES package_deployments(id),
  flow_id TEXT NOT NULL REFERENCES flows(id),
  version_id TEXT NOT NULL REFERENCES versions(id),
  version_number BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  before_version_id TEXT REFERENCES versions(id),
  before_number BIGINT,
  -- It stood there already, so nothing was changed.
  kept BIGINT NOT NULL,
  -- Empty until the package went back; then back, or why the flow was left.
  came_back TEXT NOT NULL,
  PRIMARY KEY (deployment_id, flow_id)
);
