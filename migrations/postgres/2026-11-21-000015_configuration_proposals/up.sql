-- A proposal is about one of two things: a flow's version, or an environment's configuration (PRODUCT 4.5, 9.3).
ALTER TABLE proposals ALTER COLUMN flow_id DROP NOT NULL;
ALTER TABLE proposals ALTER COLUMN version_id DROP NOT NULL;
ALTER TABLE proposals ALTER COLUMN version_number DROP NOT NULL;
ALTER TABLE proposals ADD COLUMN configuration_id TEXT COLLATE "C" REFERENCES environment_versions(id);
ALTER TABLE proposals ADD COLUMN configuration_number BIGINT;
ALTER TABLE proposals ADD CHECK ((flow_id IS NULL) = (version_id IS NULL) AND (version_id IS NULL) = (version_number IS NULL));
ALTER TABLE proposals ADD CHECK ((configuration_id IS NULL) = (configuration_number IS NULL));
ALTER TABLE proposals ADD CHECK ((version_id IS NULL) <> (configuration_id IS NULL));
DROP TRIGGER proposals_bound ON proposals;
CREATE TRIGGER proposals_bound BEFORE UPDATE OF bound_hash, ask, version_id, configuration_id, environment_id, flow_id, proposer_id, author_id, needed
ON proposals FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();

-- Who edited a configuration last may not approve it. Of drafts in work the history knows.
ALTER TABLE environment_versions ADD COLUMN updated_by_id TEXT COLLATE "C";
UPDATE environment_versions SET updated_by_id = (
  SELECT e.actor_id FROM events e
  WHERE e.object_id = environment_versions.id AND e.action IN ('configuration.saved', 'configuration.drafted')
  ORDER BY e.seq DESC LIMIT 1);

-- The runs whose version a rollout decided, newest first.
CREATE INDEX runs_of_rollout ON runs(rollout, id) WHERE rollout IS NOT NULL;
