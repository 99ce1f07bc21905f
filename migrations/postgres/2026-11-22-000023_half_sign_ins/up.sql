-- A sign-in between the password and the second factor's code: the password was right, for five minutes and one session.
-- `password_mark`: a keyed hash of the password's hash, so that a new password ends it.
CREATE TABLE half_sign_ins (
    token_hash BYTEA PRIMARY KEY NOT NULL,
    user_id BYTEA NOT NULL REFERENCES users (id),
    password_mark BYTEA NOT NULL,
    kept BOOLEAN NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
