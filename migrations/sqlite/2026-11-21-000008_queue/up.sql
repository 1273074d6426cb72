-- What stands beside a few runs; `runs` itself has as many columns as it may have.

-- The draft of a configuration as it was when a test run started with it (PRODUCT 4.4).
CREATE TABLE run_configurations (
  run_id TEXT PRIMARY KEY NOT NULL,
  configuration TEXT NOT NULL
);

-- The place in the queue of a run that was left pending, unless it is the usual one (PRODUCT 4.3). Gone once the run is
-- taken up or has ended.
CREATE TABLE run_priorities (
  run_id TEXT PRIMARY KEY NOT NULL,
  priority BIGINT NOT NULL
);
CREATE INDEX run_priorities_rank ON run_priorities(priority DESC, run_id);
