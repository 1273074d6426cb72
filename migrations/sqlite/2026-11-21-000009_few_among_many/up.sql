-- What is rare among a million runs or a long list of rollouts is found by an index of its own.
DROP INDEX runs_rollout;
CREATE INDEX runs_rollout_open ON runs(rollout, version_id) WHERE rollout IS NOT NULL AND finished_at IS NULL;
CREATE INDEX runs_failed ON runs(version_id, environment_id, id) WHERE state = 'faulted';
CREATE INDEX rollouts_under_way ON rollouts(workspace_id, id) WHERE ended_at IS NULL;
CREATE INDEX rollouts_sent_back ON rollouts(workspace_id, ended_at) WHERE state = 'rolled_back';
