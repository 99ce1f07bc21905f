CREATE TABLE branches (
    id BYTEA PRIMARY KEY NOT NULL,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- A broker is a user with the role `broker`. `login` is folded, so that it is unique whatever the case.
CREATE TABLE users (
    id BYTEA PRIMARY KEY NOT NULL,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('broker', 'coordinator', 'manager', 'admin')),
    branch_id BYTEA REFERENCES branches (id),
    email TEXT,
    language TEXT NOT NULL DEFAULT 'zh-CN',
    compliance BOOLEAN NOT NULL DEFAULT FALSE,
    password_hash TEXT,
    totp_secret BYTEA,
    totp_last_step BIGINT,
    certificate_no TEXT UNIQUE,
    certificate_expires_on DATE,
    position_agreed_at TIMESTAMP,
    disabled_at TIMESTAMP,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX users_by_branch ON users (branch_id, role, name);
CREATE INDEX users_by_name ON users (name, id);

CREATE TABLE invitations (
    token_hash BYTEA PRIMARY KEY NOT NULL,
    user_id BYTEA NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (kind IN ('invitation', 'reset')),
    created_by BYTEA,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE INDEX invitations_by_user ON invitations (user_id);

-- `kept` is a phone whose owner ticked "keep me signed in": thirty days, no idle limit.
CREATE TABLE sessions (
    id BYTEA PRIMARY KEY NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    user_id BYTEA NOT NULL REFERENCES users (id),
    kept BOOLEAN NOT NULL DEFAULT FALSE,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- A try is written before the password is looked at and taken away again when it was right, so that
-- parallel guesses count each other. `login_key` is the folded login, with the device's mark where it is a known one.
CREATE TABLE sign_in_tries (
    id BYTEA PRIMARY KEY NOT NULL,
    login_key TEXT NOT NULL,
    address TEXT NOT NULL,
    at TIMESTAMP NOT NULL
);
CREATE INDEX sign_in_tries_by_login ON sign_in_tries (login_key, at);
CREATE INDEX sign_in_tries_by_address ON sign_in_tries (address, at);

-- `branch_id` null: holds for every branch without a row of its own for that date.
CREATE TABLE calendar_days (
    id BYTEA PRIMARY KEY NOT NULL,
    branch_id BYTEA REFERENCES branches (id),
    date DATE NOT NULL,
    is_workday BOOLEAN NOT NULL,
    name TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX calendar_days_general ON calendar_days (date) WHERE branch_id IS NULL;
CREATE UNIQUE INDEX calendar_days_branch ON calendar_days (branch_id, date) WHERE branch_id IS NOT NULL;
