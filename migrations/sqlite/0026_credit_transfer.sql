-- Organizations of one parent, between which unspent credits may go.
ALTER TABLE organization ADD COLUMN parent_organization_id BLOB REFERENCES organization (id);
CREATE INDEX organization_parent ON organization (parent_organization_id) WHERE parent_organization_id IS NOT NULL;

-- Credits that went from a grant of one organization to a new grant of another, with their share of what was paid. Written
-- with the postings of both; `from_batch` is the batch of the giving organization.
CREATE TABLE credit_transfer (
    from_organization_id BLOB    NOT NULL REFERENCES organization (id),
    from_batch           INTEGER NOT NULL,
    from_grant_id        BLOB    NOT NULL,
    to_organization_id   BLOB    NOT NULL REFERENCES organization (id),
    to_grant_id          BLOB    NOT NULL,
    credits              INTEGER NOT NULL CHECK (credits > 0),
    paid_minor           INTEGER,
    paid_currency        TEXT,
    at                   INTEGER NOT NULL,
    made_by              TEXT    NOT NULL,
    reason               TEXT    NOT NULL,
    PRIMARY KEY (from_organization_id, to_grant_id),
    CHECK (from_organization_id <> to_organization_id),
    CHECK ((paid_minor IS NULL) = (paid_currency IS NULL))
) STRICT;
CREATE INDEX credit_transfer_to ON credit_transfer (to_organization_id, at);
CREATE TRIGGER credit_transfer_no_update BEFORE UPDATE ON credit_transfer
BEGIN SELECT RAISE(ABORT, 'credit_transfer is append-only'); END;
CREATE TRIGGER credit_transfer_no_delete BEFORE DELETE ON credit_transfer
BEGIN SELECT RAISE(ABORT, 'credit_transfer is append-only'); END;
