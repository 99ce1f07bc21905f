-- What every room stands on: installation settings, answers to keyed requests, the audit trail.
CREATE TABLE settings (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

-- One row for each id a client made: the digest of what was asked and the sealed first answer.
-- `gone_at` is set on deletion or erasure, together with the answer being dropped.
CREATE TABLE requests (
    id BYTEA PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    user_id BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    answer BYTEA,
    created_at TIMESTAMP NOT NULL,
    gone_at TIMESTAMP
);

CREATE TABLE audit_entries (
    seq BIGSERIAL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    actor_id BYTEA,
    actor_role TEXT,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BYTEA,
    branch_id BYTEA,
    address TEXT,
    request_id TEXT,
    detail TEXT NOT NULL
);
CREATE INDEX audit_entries_by_branch ON audit_entries (branch_id, seq);
CREATE INDEX audit_entries_by_subject ON audit_entries (subject_id, seq);

CREATE TABLE audit_seals (
    position BIGINT PRIMARY KEY NOT NULL,
    entry_seq BIGINT NOT NULL UNIQUE,
    hash BYTEA NOT NULL
);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
