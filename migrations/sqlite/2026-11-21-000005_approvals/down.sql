-- There is no way down from a migration: an older binary refuses a newer database instead.
SELECT 1;
