-- The history is sealed under the instance's key, and signed checkpoints say how far it went (PRODUCT 9.1, TRUST 4.10).

-- How an event was hashed: nothing is the first form, which leaves out some columns. What was written before stays as it was.
ALTER TABLE events ADD COLUMN form BIGINT;
-- The event under the instance's key: whoever has the database alone cannot make one.
ALTER TABLE events ADD COLUMN mac TEXT COLLATE "C";
ALTER TABLE event_head ADD COLUMN mac TEXT COLLATE "C";

-- Append-only. The body is what was signed; the other columns repeat it for look-ups.
CREATE TABLE event_checkpoints (
  number BIGINT PRIMARY KEY NOT NULL,
  epoch TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  signature TEXT COLLATE "C" NOT NULL
);
CREATE TRIGGER event_checkpoints_fixed BEFORE UPDATE OR DELETE ON event_checkpoints FOR EACH ROW EXECUTE FUNCTION signalbox_refuse();
