-- A check-in never changes what it answered, so that its row is the first answer: of the request only the digest is kept, with it.
ALTER TABLE checkins ADD COLUMN digest BLOB;
UPDATE checkins SET digest = requests.digest FROM requests WHERE requests.id = checkins.id AND requests.kind = 'checkin';
DELETE FROM requests WHERE kind = 'checkin';
