-- Packed months are laid out by columns now: those of before are packed anew. They are not compressed once more, so that nobody unpacks them twice.
DELETE FROM funnel_segments;
ALTER TABLE funnel_segments ALTER COLUMN packed SET STORAGE EXTERNAL;
