-- A workspace picks the words that its people know from the system they come from (PRODUCT 2).
ALTER TABLE workspaces ADD COLUMN words TEXT NOT NULL DEFAULT 'signalbox';
ALTER TABLE workspaces ADD COLUMN lock_version BIGINT NOT NULL DEFAULT 0;
