CREATE TABLE banks (
    id BYTEA PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    kind TEXT,
    created_at TIMESTAMP NOT NULL
);

-- `lat`, `lon`: WGS-84; `given_*`: as they were given, in `datum`. `fence`: a JSON ring [[lat, lon], …] in WGS-84, or null for the circle of `radius_m`.
-- `*_by_hand`: a person set it, so a name read at import never overrides it.
CREATE TABLE outlets (
    id BYTEA PRIMARY KEY NOT NULL,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    search_text TEXT NOT NULL,
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    bank_id BYTEA REFERENCES banks (id),
    bank_by_hand BOOLEAN NOT NULL DEFAULT FALSE,
    tier TEXT,
    tier_by_hand BOOLEAN NOT NULL DEFAULT FALSE,
    parent_id BYTEA REFERENCES outlets (id),
    parent_by_hand BOOLEAN NOT NULL DEFAULT FALSE,
    phase TEXT NOT NULL,
    grade TEXT,
    lat DOUBLE PRECISION,
    lon DOUBLE PRECISION,
    datum TEXT NOT NULL DEFAULT 'wgs84',
    given_lat DOUBLE PRECISION,
    given_lon DOUBLE PRECISION,
    radius_m INTEGER NOT NULL DEFAULT 150,
    fence TEXT,
    address TEXT NOT NULL DEFAULT '',
    district TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX outlets_by_branch ON outlets (branch_id, code);
CREATE INDEX outlets_by_place ON outlets (branch_id, lat, lon);
CREATE INDEX outlets_by_name ON outlets (branch_id, name_folded);
CREATE INDEX outlets_by_parent ON outlets (parent_id);
CREATE INDEX outlets_by_bank ON outlets (bank_id);

-- `opens`, `closes`: HH:MM in the branch's zone; weekday 1 (Monday) to 7.
CREATE TABLE outlet_hours (
    outlet_id BYTEA NOT NULL REFERENCES outlets (id),
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    opens TEXT NOT NULL,
    closes TEXT NOT NULL,
    PRIMARY KEY (outlet_id, weekday, opens)
);

CREATE TABLE outlet_closures (
    id BYTEA PRIMARY KEY NOT NULL,
    outlet_id BYTEA NOT NULL REFERENCES outlets (id),
    from_date DATE NOT NULL,
    to_date DATE NOT NULL,
    reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outlet_closures_by_outlet ON outlet_closures (outlet_id, from_date);

CREATE TABLE outlet_phases (
    id BYTEA PRIMARY KEY NOT NULL,
    outlet_id BYTEA NOT NULL REFERENCES outlets (id),
    phase TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    by_user BYTEA,
    at TIMESTAMP NOT NULL
);
CREATE INDEX outlet_phases_by_outlet ON outlet_phases (outlet_id, at);

CREATE TABLE contacts (
    id BYTEA PRIMARY KEY NOT NULL,
    outlet_id BYTEA NOT NULL REFERENCES outlets (id),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    role TEXT NOT NULL,
    influence TEXT,
    introduced_by TEXT NOT NULL DEFAULT '',
    birthday TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    is_client BOOLEAN NOT NULL DEFAULT FALSE,
    note TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX contacts_once ON contacts (outlet_id, name_folded, role);

CREATE TABLE communities (
    id BYTEA PRIMARY KEY NOT NULL,
    branch_id BYTEA NOT NULL REFERENCES branches (id),
    code TEXT,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    district TEXT NOT NULL DEFAULT '',
    lat DOUBLE PRECISION,
    lon DOUBLE PRECISION,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX communities_by_code ON communities (branch_id, code) WHERE code IS NOT NULL;
CREATE INDEX communities_by_name ON communities (branch_id, name_folded);
