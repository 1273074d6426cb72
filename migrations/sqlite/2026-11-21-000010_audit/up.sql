-- The history is sealed under the instance's key, and signed checkpoints say how far it went (PRODUCT 9.1, TRUST 4.10).

-- How an event was hashed: nothing is the first form, which leaves out some columns. What was written before stays as it was.
ALTER TABLE events ADD COLUMN form BIGINT;
-- The event under the instance's key: whoever has the database alone cannot make one.
ALTER TABLE events ADD COLUMN mac TEXT;
ALTER TABLE event_head ADD COLUMN mac TEXT;

-- Append-only. The body is what was signed; the other columns repeat it for look-ups.
CREATE TABLE event_checkpoints (
  number BIGINT PRIMARY KEY NOT NULL,
  epoch TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  body TEXT NOT NULL,
  signature TEXT NOT NULL
);
CREATE TRIGGER event_checkpoints_fixed BEFORE UPDATE ON event_checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints never change'); END;
CREATE TRIGGER event_checkpoints_kept BEFORE DELETE ON event_checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END;
