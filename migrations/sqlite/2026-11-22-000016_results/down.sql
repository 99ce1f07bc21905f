ALTER TABLE branches DROP COLUMN day_rate_fen;
ALTER TABLE outlets DROP COLUMN footfall;
ALTER TABLE prospects DROP COLUMN lost_reason;
DELETE FROM funnel_segments;
