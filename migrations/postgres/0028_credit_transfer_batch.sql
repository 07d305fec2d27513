-- What an organization gave away is read by its batches: with its postings, and since its months were last made.
CREATE INDEX credit_transfer_batch ON credit_transfer (from_organization_id, from_batch);
