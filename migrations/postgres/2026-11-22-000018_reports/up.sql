-- A file of prospects too long for one transaction, on its way in. Until `decided_at` nothing of it is there; from then on all of it comes in, part after
-- part, whatever happens meanwhile. `at`: the moment of the import; `moved_at`: when it last went on, by the machine's clock.
CREATE TABLE prospect_imports (
    id BYTEA PRIMARY KEY NOT NULL,
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    by_user BYTEA REFERENCES users (id),
    address TEXT,
    request_id TEXT,
    at TIMESTAMP NOT NULL,
    decided_at TIMESTAMP,
    moved_at TIMESTAMP NOT NULL
);

-- Some rows of it, sealed; a part goes in the transaction in which its rows come.
CREATE TABLE prospect_import_parts (
    import_id BYTEA NOT NULL REFERENCES prospect_imports (id),
    number INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (import_id, number)
);

-- Which reports a manager wants by mail: `period` is day, week, month, quarter or year.
CREATE TABLE report_schedules (
    user_id BYTEA NOT NULL REFERENCES users (id),
    period TEXT NOT NULL,
    set_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, period)
);

-- That a person's report on a period was queued: once, whoever passes when.
CREATE TABLE report_mails (
    user_id BYTEA NOT NULL REFERENCES users (id),
    period TEXT NOT NULL,
    first_day DATE NOT NULL,
    mail_id BYTEA NOT NULL REFERENCES mails (id),
    decided_at TIMESTAMP NOT NULL,
    PRIMARY KEY (user_id, period, first_day)
);
