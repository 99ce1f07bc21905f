-- A sign-in between the password and the second factor's code: the password was right, for five minutes and one session.
-- `password_mark`: a keyed hash of the password's hash, so that a new password ends it.
CREATE TABLE half_sign_ins (
    token_hash BLOB PRIMARY KEY NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    password_mark BLOB NOT NULL,
    kept INTEGER NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
