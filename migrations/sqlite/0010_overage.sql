-- Postings of the organization itself (usage that no grant could pay, and its settlement) are few: charts read them by
-- time.

CREATE INDEX posting_overage ON posting (organization_id, at) WHERE grant_id IS NULL;
