-- A file of prospects too long for one transaction, on its way in. Until `decided_at` nothing of it is there; from then on all of it comes in, part after
-- part, whatever happens meanwhile. `at`: the moment of the import; `moved_at`: when it last went on, by the machine's clock.
CREATE TABLE prospect_imports (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    by_user BLOB REFERENCES users (id),
    address TEXT,
    request_id TEXT,
    at TEXT NOT NULL,
    decided_at TEXT,
    moved_at TEXT NOT NULL
) STRICT;

-- Some rows of it, sealed; a part goes in the transaction in which its rows come.
CREATE TABLE prospect_import_parts (
    import_id BLOB NOT NULL REFERENCES prospect_imports (id),
    number INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (import_id, number)
) STRICT;

-- Which reports a manager wants by mail: `period` is day, week, month, quarter or year.
CREATE TABLE report_schedules (
    user_id BLOB NOT NULL REFERENCES users (id),
    period TEXT NOT NULL,
    set_at TEXT NOT NULL,
    PRIMARY KEY (user_id, period)
) STRICT;

-- That a person's report on a period was queued: once, whoever passes when.
CREATE TABLE report_mails (
    user_id BLOB NOT NULL REFERENCES users (id),
    period TEXT NOT NULL,
    first_day TEXT NOT NULL,
    mail_id BLOB NOT NULL REFERENCES mails (id),
    decided_at TEXT NOT NULL,
    PRIMARY KEY (user_id, period, first_day)
) STRICT;
