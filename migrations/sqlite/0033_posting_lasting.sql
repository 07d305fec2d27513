-- Postings that last: all but those that hold credits for a run and let them go again. The portfolio's months are made of them, and
-- most postings are none.
CREATE INDEX posting_lasting ON posting (organization_id, sequence)
    WHERE NOT (from_account IN ('available', 'held') AND to_account IN ('available', 'held'));
