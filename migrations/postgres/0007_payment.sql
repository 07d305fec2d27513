-- Payments and the grants they pay for.

CREATE TABLE payment (
    organization_id    UUID   NOT NULL REFERENCES organization (id),
    id                 UUID   NOT NULL,
    state              TEXT   NOT NULL CHECK (state IN ('pending', 'paid', 'declined', 'abandoned', 'refunded')),
    minor              BIGINT NOT NULL CHECK (minor >= 0),
    currency           TEXT   NOT NULL CHECK (length(currency) = 3),
    credits            BIGINT NOT NULL CHECK (credits > 0),
    grant_id           UUID   NOT NULL,
    provider           TEXT   NOT NULL,
    provider_reference TEXT   NOT NULL,
    created_at         BIGINT NOT NULL,
    settled_at         BIGINT,
    PRIMARY KEY (organization_id, id),
    UNIQUE (provider, provider_reference),
    CHECK ((state = 'pending') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX payment_by_id ON payment (id);
CREATE INDEX payment_newest ON payment (organization_id, created_at, id);
