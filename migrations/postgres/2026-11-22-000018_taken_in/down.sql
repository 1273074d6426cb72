-- There is no way down: an older binary refuses a newer database instead.
SELECT 1;
