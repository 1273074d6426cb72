-- A configuration froze the components that were there when it was deployed. Those made since are taken into it, as they
-- are, with the next deployment of a flow under it (DECISIONS 6): what runs does not change because somebody edits one.
CREATE TABLE taken_in (
  configuration_id TEXT NOT NULL REFERENCES environment_versions(id),
  component_id TEXT NOT NULL REFERENCES components(id),
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  revision BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (configuration_id, component_id)
) WITHOUT ROWID;
CREATE INDEX taken_in_component ON taken_in(component_id);
CREATE TRIGGER taken_in_fixed BEFORE UPDATE ON taken_in
BEGIN SELECT RAISE(ABORT, 'what a configuration uses never changes'); END;
