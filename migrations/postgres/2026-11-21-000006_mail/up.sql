-- The outbox. `state`: waiting, sending (claimed until `claimed_until`), sent, failed. `body`: sealed JSON of text and HTML.
CREATE TABLE mails (
    id BYTEA PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    user_id BYTEA,
    to_address TEXT NOT NULL,
    day DATE NOT NULL,
    subject TEXT NOT NULL,
    body BYTEA NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed')),
    tries INTEGER NOT NULL DEFAULT 0,
    next_try_at TIMESTAMP NOT NULL,
    claimed_until TIMESTAMP,
    last_error TEXT,
    created_at TIMESTAMP NOT NULL,
    sent_at TIMESTAMP
);
CREATE INDEX mails_to_send ON mails (next_try_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX mails_in_order ON mails (created_at);

-- That a person's digest or nudge of a day was decided, whether or not there was anything to send.
CREATE TABLE reminder_days (
    user_id BYTEA NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (kind IN ('digest', 'nudge')),
    day DATE NOT NULL,
    mail_id BYTEA REFERENCES mails (id),
    decided_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, kind, day)
);
