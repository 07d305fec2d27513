-- A hold is found by its identifier alone, which grows with time: new ones go to the end of their key. The organization is
-- in the key for tables that are distributed by it.
ALTER TABLE hold DROP CONSTRAINT hold_pkey;
DROP INDEX hold_by_id;
ALTER TABLE hold ADD PRIMARY KEY (id, organization_id);
CREATE INDEX hold_captured ON hold (organization_id, captured) WHERE state = 'captured';

-- The mode asked for, where another was granted: a run is counted when it ends, and then it is known whether it was degraded.
-- Holds that are open now were counted when they were authorised; they count once more.
ALTER TABLE hold ADD COLUMN requested_mode TEXT;

-- Rows come in the order of their age: a few bytes for every hundred pages tell where old ones are.
DROP INDEX idempotency_age;
CREATE INDEX idempotency_age ON idempotency USING brin (created_at);
