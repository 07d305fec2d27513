-- Payments and the grants they pay for.

CREATE TABLE payment (
    organization_id    BLOB   NOT NULL REFERENCES organization (id),
    id                 BLOB   NOT NULL,
    state              TEXT   NOT NULL CHECK (state IN ('pending', 'paid', 'declined', 'abandoned', 'refunded')),
    minor              INTEGER NOT NULL CHECK (minor >= 0),
    currency           TEXT   NOT NULL CHECK (length(currency) = 3),
    credits            INTEGER NOT NULL CHECK (credits > 0),
    grant_id           BLOB   NOT NULL,
    provider           TEXT   NOT NULL,
    provider_reference TEXT   NOT NULL,
    created_at         INTEGER NOT NULL,
    settled_at         INTEGER,
    PRIMARY KEY (organization_id, id),
    UNIQUE (provider, provider_reference),
    CHECK ((state = 'pending') = (settled_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX payment_by_id ON payment (id);
CREATE INDEX payment_newest ON payment (organization_id, created_at, id);
