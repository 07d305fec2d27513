-- The customer. This row is the lock of everything that hangs off it.

CREATE TABLE organization (
    id               UUID   PRIMARY KEY,
    key              TEXT   NOT NULL UNIQUE,
    name             TEXT   NOT NULL,
    status           TEXT   NOT NULL CHECK (status IN ('active', 'suspended')),
    time_zone        TEXT   NOT NULL,
    currency         TEXT   NOT NULL CHECK (length(currency) = 3),
    period_anchor    BIGINT NOT NULL,
    plan_version_id  UUID   REFERENCES plan_version (id),
    owed             BIGINT NOT NULL DEFAULT 0 CHECK (owed >= 0),
    forgiven         BIGINT NOT NULL DEFAULT 0 CHECK (forgiven >= 0),
    version          BIGINT NOT NULL DEFAULT 0 CHECK (version >= 0),
    posting_sequence BIGINT NOT NULL DEFAULT 0 CHECK (posting_sequence >= 0),
    posting_hash     BYTEA  NOT NULL CHECK (length(posting_hash) = 32),
    created_at       BIGINT NOT NULL
) WITH (fillfactor = 50);
