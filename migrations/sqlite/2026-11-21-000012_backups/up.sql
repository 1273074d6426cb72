-- Instance backups (PRODUCT 10): what was asked for, what became of it, and what was compared when it was verified. The
-- file itself is the truth of what can be restored: a row without its file is only a memory.
CREATE TABLE backups (
  id TEXT PRIMARY KEY NOT NULL,
  -- Why: asked, scheduled, before_migration, before_restore, found.
  reason TEXT NOT NULL,
  -- waiting, running, kept, failed, interrupted, removed.
  state TEXT NOT NULL,
  -- Empty, or waiting, running, passed, failed, interrupted.
  verification TEXT NOT NULL,
  -- While something runs: dump, pack, restore, compare.
  stage TEXT NOT NULL,
  percent BIGINT,
  -- Folder and name of the file.
  folder TEXT NOT NULL,
  file TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  asked_by_id TEXT,
  asked_by TEXT NOT NULL,
  -- Since when it holds what the instance held.
  made_at BIGINT,
  ended_at BIGINT,
  -- Of the file.
  bytes BIGINT,
  -- The file's own header, as JSON.
  header TEXT,
  verified_at BIGINT,
  -- What was compared, as JSON.
  compared TEXT,
  -- Why it failed.
  problem TEXT NOT NULL
);
CREATE INDEX backups_state ON backups(state, id);
CREATE INDEX backups_verification ON backups(verification, id);
