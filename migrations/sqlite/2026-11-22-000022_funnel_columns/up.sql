-- Packed months are laid out by columns now: those of before are packed anew.
DELETE FROM funnel_segments;
