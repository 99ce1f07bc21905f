DROP INDEX prospects_by_meeter;
DROP INDEX prospects_by_branch_day;
DROP TABLE funnel_marks;
DROP TABLE funnel_segments;
