DROP INDEX outlets_with_fence;
DROP TABLE checkins;
DROP TABLE shifts;
