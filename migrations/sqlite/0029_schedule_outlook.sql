-- What comes next by a customer's agreements, written with every step: what its health and its renewal are told by.
ALTER TABLE schedule ADD COLUMN next_credits_at INTEGER;
ALTER TABLE schedule ADD COLUMN renews_at INTEGER;
-- They are filled in by the job that does what is due: it looks at everybody once.
UPDATE schedule SET next_step_at = 0 WHERE next_step_at IS NOT NULL;
