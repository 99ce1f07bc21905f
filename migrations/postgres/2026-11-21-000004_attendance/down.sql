DROP TABLE checkins;
DROP TABLE shifts;
