-- A configuration froze the components that were there when it was deployed. Those made since are taken into it, as they
-- are, with the next deployment of a flow under it (DECISIONS 6): what runs does not change because somebody edits one.
CREATE TABLE taken_in (
  configuration_id TEXT COLLATE "C" NOT NULL REFERENCES environment_versions(id),
  component_id TEXT COLLATE "C" NOT NULL REFERENCES components(id),
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces(id),
  revision BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (configuration_id, component_id)
);
CREATE INDEX taken_in_component ON taken_in(component_id);
CREATE TRIGGER taken_in_fixed BEFORE UPDATE ON taken_in FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();
