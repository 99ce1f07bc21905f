DROP INDEX leaves_by_date;
DROP INDEX swaps_by_date;
DROP INDEX swaps_by_branch;
DROP INDEX outlets_by_point;
DROP INDEX prospects_by_day;
DROP INDEX prospects_by_meeting;
DROP INDEX sign_in_tries_by_age;
DROP INDEX invitations_by_expiry;
