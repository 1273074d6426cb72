-- Instance backups (PRODUCT 10): what was asked for, what became of it, and what was compared when it was verified. The
-- file itself is the truth of what can be restored: a row without its file is only a memory.
CREATE TABLE backups (
  id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  -- Why: asked, scheduled, before_migration, before_restore, found.
  reason TEXT COLLATE "C" NOT NULL,
  -- waiting, running, kept, failed, interrupted, removed.
  state TEXT COLLATE "C" NOT NULL,
  -- Empty, or waiting, running, passed, failed, interrupted.
  verification TEXT COLLATE "C" NOT NULL,
  -- While something runs: dump, pack, restore, compare.
  stage TEXT COLLATE "C" NOT NULL,
  percent BIGINT,
  -- Folder and name of the file.
  folder TEXT COLLATE "C" NOT NULL,
  file TEXT COLLATE "C" NOT NULL,
  asked_at BIGINT NOT NULL,
  asked_by_id TEXT COLLATE "C",
  asked_by TEXT COLLATE "C" NOT NULL,
  -- Since when it holds what the instance held.
  made_at BIGINT,
  ended_at BIGINT,
  -- Of the file.
  bytes BIGINT,
  -- The file's own header, as JSON.
  header TEXT COLLATE "C",
  verified_at BIGINT,
  -- What was compared, as JSON.
  compared TEXT COLLATE "C",
  -- Why it failed.
  problem TEXT COLLATE "C" NOT NULL
);
CREATE INDEX backups_state ON backups(state, id);
CREATE INDEX backups_verification ON backups(verification, id);
