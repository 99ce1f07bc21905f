DROP TABLE calendar_days;
DROP TABLE sign_in_tries;
DROP TABLE sessions;
DROP TABLE invitations;
DROP TABLE users;
DROP TABLE branches;
