-- Planning from the database: what a plan asks of a branch, its people and its outlets besides the rota itself, and the runs of the planner.

-- What a branch asks of every rota, where it differs from what the program assumes. `weights` is JSON.
CREATE TABLE branch_planning (
    branch_id BLOB PRIMARY KEY NOT NULL REFERENCES branches (id),
    max_days_per_week INTEGER NOT NULL,
    max_consecutive INTEGER NOT NULL,
    weights TEXT NOT NULL,
    by_user BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;

-- What a plan needs to know of a broker. `home` is coarse (two decimals of a degree) and sealed; it is opened for a plan and for the desk of the branch.
CREATE TABLE broker_planning (
    broker_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id),
    branch_id BLOB NOT NULL REFERENCES branches (id),
    level INTEGER CHECK (level BETWEEN 1 AND 3),
    home BLOB,
    max_km INTEGER,
    by_user BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX broker_planning_by_branch ON broker_planning (branch_id);

-- The level that an outlet asks for, where a coordinator set it.
CREATE TABLE outlet_planning (
    outlet_id BLOB PRIMARY KEY NOT NULL REFERENCES outlets (id),
    branch_id BLOB NOT NULL REFERENCES branches (id),
    min_level INTEGER NOT NULL CHECK (min_level BETWEEN 1 AND 3),
    by_user BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX outlet_planning_by_branch ON outlet_planning (branch_id);

-- A run of the planner. `server` holds it until `lease_until`; `result` is the plan with its explanation, sealed, since distances tell of homes.
CREATE TABLE rota_plans (
    id BLOB PRIMARY KEY NOT NULL,
    branch_id BLOB NOT NULL REFERENCES branches (id),
    from_date TEXT NOT NULL,
    to_date TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'interrupted', 'failed')),
    keep TEXT NOT NULL CHECK (keep IN ('all', 'published', 'nothing')),
    weights TEXT NOT NULL,
    change_cost INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    server BLOB NOT NULL,
    lease_until TEXT NOT NULL,
    asked_to_stop TEXT NOT NULL DEFAULT '' CHECK (asked_to_stop IN ('', 'take', 'drop')),
    best INTEGER,
    cost TEXT,
    cost_before TEXT,
    result BLOB,
    refused INTEGER NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT '',
    draft_id BLOB REFERENCES rota_drafts (id),
    by_user BLOB NOT NULL REFERENCES users (id),
    started_at TEXT NOT NULL,
    finished_at TEXT
) STRICT;
CREATE UNIQUE INDEX rota_plans_one_running ON rota_plans (branch_id) WHERE state = 'running';
CREATE INDEX rota_plans_by_branch ON rota_plans (branch_id, started_at, id);
CREATE INDEX rota_plans_by_start ON rota_plans (started_at, id);
CREATE INDEX rota_plans_lost ON rota_plans (lease_until) WHERE state = 'running';
