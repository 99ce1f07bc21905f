-- The outbox. `state`: waiting, sending (by whoever holds the turn; see mail/turn.rs), sent, failed (for good), given_up (by the admin).
-- `body`: sealed JSON of text and HTML, emptied once sent or given up. `message_id`: complete from the first try on.
-- `unanswered`: how often the server took the whole mail and did not say whether it keeps it.
CREATE TABLE mails (
    id BYTEA PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    user_id BYTEA,
    to_address TEXT NOT NULL,
    day DATE NOT NULL,
    subject TEXT NOT NULL,
    body BYTEA NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'given_up')),
    tries INTEGER NOT NULL DEFAULT 0,
    next_try_at TIMESTAMP NOT NULL,
    unanswered INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    created_at TIMESTAMP NOT NULL,
    sent_at TIMESTAMP
);
CREATE INDEX mails_by_state ON mails (state, next_try_at);
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
