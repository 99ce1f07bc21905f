-- The layout of before does not know columns either: all is packed anew.
DELETE FROM funnel_segments;
