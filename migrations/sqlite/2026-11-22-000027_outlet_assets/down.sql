ALTER TABLE outlets DROP COLUMN assets_at;
ALTER TABLE outlets DROP COLUMN assets_fen;
