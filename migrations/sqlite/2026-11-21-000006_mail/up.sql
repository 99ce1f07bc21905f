-- The outbox. `state`: waiting, sending (claimed until `claimed_until`), sent, failed. `body`: sealed JSON of text and HTML.
CREATE TABLE mails (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    user_id BLOB,
    to_address TEXT NOT NULL,
    day TEXT NOT NULL,
    subject TEXT NOT NULL,
    body BLOB NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed')),
    tries INTEGER NOT NULL DEFAULT 0,
    next_try_at TEXT NOT NULL,
    claimed_until TEXT,
    last_error TEXT,
    created_at TEXT NOT NULL,
    sent_at TEXT
) STRICT;
CREATE INDEX mails_to_send ON mails (next_try_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX mails_in_order ON mails (created_at);

-- That a person's digest or nudge of a day was decided, whether or not there was anything to send.
CREATE TABLE reminder_days (
    user_id BLOB NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (kind IN ('digest', 'nudge')),
    day TEXT NOT NULL,
    mail_id BLOB REFERENCES mails (id),
    decided_at TEXT NOT NULL,
    PRIMARY KEY (user_id, kind, day)
) STRICT;
