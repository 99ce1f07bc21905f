-- What every room stands on: installation settings, answers to keyed requests, the audit trail.
CREATE TABLE settings (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

-- One row for each id a client made: the digest of what was asked and the sealed first answer.
-- `gone_at` is set on deletion or erasure, together with the answer being dropped.
CREATE TABLE requests (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    user_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    answer BLOB,
    created_at TEXT NOT NULL,
    gone_at TEXT
) STRICT;

CREATE TABLE audit_entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    actor_id BLOB,
    actor_role TEXT,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BLOB,
    branch_id BLOB,
    address TEXT,
    request_id TEXT,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_entries_by_branch ON audit_entries (branch_id, seq);
CREATE INDEX audit_entries_by_subject ON audit_entries (subject_id, seq);

CREATE TABLE audit_seals (
    position INTEGER PRIMARY KEY NOT NULL,
    entry_seq INTEGER NOT NULL UNIQUE,
    hash BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
