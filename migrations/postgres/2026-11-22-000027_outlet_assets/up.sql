-- What the clients won at an outlet keep with the brokerage, as its own systems say, and when that was said here.
ALTER TABLE outlets ADD COLUMN assets_fen BIGINT;
ALTER TABLE outlets ADD COLUMN assets_at TIMESTAMP;
