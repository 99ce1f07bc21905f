DROP TABLE reminder_days;
DROP TABLE mails;
