CREATE TABLE branches (
    id BLOB PRIMARY KEY NOT NULL,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

-- A broker is a user with the role `broker`. `login` is folded, so that it is unique whatever the case.
CREATE TABLE users (
    id BLOB PRIMARY KEY NOT NULL,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('broker', 'coordinator', 'manager', 'admin')),
    branch_id BLOB REFERENCES branches (id),
    email TEXT,
    language TEXT NOT NULL DEFAULT 'zh-CN',
    compliance INTEGER NOT NULL DEFAULT 0,
    password_hash TEXT,
    totp_secret BLOB,
    totp_last_step INTEGER,
    certificate_no TEXT UNIQUE,
    certificate_expires_on TEXT,
    position_agreed_at TEXT,
    disabled_at TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX users_by_branch ON users (branch_id, role, name);
CREATE INDEX users_by_name ON users (name, id);

CREATE TABLE invitations (
    token_hash BLOB PRIMARY KEY NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (kind IN ('invitation', 'reset')),
    created_by BLOB,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
) STRICT;
CREATE INDEX invitations_by_user ON invitations (user_id);

-- `kept` is a phone whose owner ticked "keep me signed in": thirty days, no idle limit.
CREATE TABLE sessions (
    id BLOB PRIMARY KEY NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    user_id BLOB NOT NULL REFERENCES users (id),
    kept INTEGER NOT NULL DEFAULT 0,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- A try is written before the password is looked at and taken away again when it was right, so that
-- parallel guesses count each other. `login_key` is the folded login, with the device's mark where it is a known one.
CREATE TABLE sign_in_tries (
    id BLOB PRIMARY KEY NOT NULL,
    login_key TEXT NOT NULL,
    address TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_tries_by_login ON sign_in_tries (login_key, at);
CREATE INDEX sign_in_tries_by_address ON sign_in_tries (address, at);

-- `branch_id` null: holds for every branch without a row of its own for that date.
CREATE TABLE calendar_days (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB REFERENCES branches (id),
    date TEXT NOT NULL,
    is_workday INTEGER NOT NULL,
    name TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX calendar_days_general ON calendar_days (date) WHERE branch_id IS NULL;
CREATE UNIQUE INDEX calendar_days_branch ON calendar_days (branch_id, date) WHERE branch_id IS NOT NULL;
