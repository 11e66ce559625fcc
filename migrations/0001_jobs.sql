-- Work that came by webhook or with an upload, and what was sent back. Times are milliseconds since
-- 1970. docs/stored-keys.md says what each table holds and who may lose it.

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  message_id TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  model TEXT,
  metadata TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'done', 'dead')),
  created_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  -- When the sweep should look whether a message for it was lost.
  due_ms INTEGER NOT NULL,
  -- Who works on it, and until when nobody else does.
  holder TEXT,
  held_until_ms INTEGER NOT NULL DEFAULT 0,
  -- The same message again, and the same id with another body.
  duplicates INTEGER NOT NULL DEFAULT 0,
  other_bodies INTEGER NOT NULL DEFAULT 0,
  -- Why it is dead, and what last went wrong with it.
  cause TEXT,
  last_error TEXT,
  UNIQUE (source, message_id)
) STRICT;

CREATE INDEX jobs_due ON jobs (due_ms) WHERE state = 'queued';
CREATE INDEX jobs_finished ON jobs (finished_ms) WHERE state <> 'queued';

CREATE TABLE images (
  job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  -- A URL, or the key of an object in the uploads bucket.
  reference TEXT NOT NULL,
  -- What its sender calls it.
  sender_id TEXT,
  -- Of the bytes as they were first fetched.
  sha256 TEXT,
  outcome TEXT,
  PRIMARY KEY (job, position)
) STRICT;

CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  body TEXT NOT NULL,
  -- replaced: its picture was begun again before it arrived, and has another message now.
  state TEXT NOT NULL
    CHECK (state IN ('waiting', 'delivered', 'failed', 'disabled', 'replaced')),
  attempt INTEGER NOT NULL DEFAULT 0,
  -- Attempts before it was last begun again by hand: the schedule counts from there.
  attempts_before INTEGER NOT NULL DEFAULT 0,
  -- Where the attempt goes that is under way, or went last.
  receiver TEXT,
  next_ms INTEGER NOT NULL,
  -- When the sweep should look whether a message for it was lost.
  due_ms INTEGER NOT NULL,
  held_until_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX deliveries_due ON deliveries (due_ms) WHERE state = 'waiting';
CREATE INDEX deliveries_held ON deliveries (receiver, held_until_ms) WHERE state = 'waiting';
CREATE INDEX deliveries_job ON deliveries (job);

CREATE TABLE attempts (
  delivery TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  status INTEGER,
  ms INTEGER,
  cause TEXT,
  PRIMARY KEY (delivery, attempt)
) STRICT;

-- Addresses that said 410, or that may not be called: nothing more is sent there.
CREATE TABLE receivers (
  url TEXT PRIMARY KEY,
  disabled_ms INTEGER NOT NULL,
  cause TEXT NOT NULL
) STRICT;
