-- There is no way down from the first migration: an older binary refuses a newer database instead.
SELECT 1;
