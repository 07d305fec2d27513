-- The customer. This row is the lock of everything that hangs off it.

CREATE TABLE organization (
    id               BLOB    NOT NULL PRIMARY KEY,
    key              TEXT    NOT NULL UNIQUE,
    name             TEXT    NOT NULL,
    status           TEXT    NOT NULL CHECK (status IN ('active', 'suspended')),
    time_zone        TEXT    NOT NULL,
    currency         TEXT    NOT NULL CHECK (length(currency) = 3),
    period_anchor    INTEGER NOT NULL,
    plan_version_id  BLOB    REFERENCES plan_version (id),
    owed             INTEGER NOT NULL DEFAULT 0 CHECK (owed >= 0),
    forgiven         INTEGER NOT NULL DEFAULT 0 CHECK (forgiven >= 0),
    version          INTEGER NOT NULL DEFAULT 0 CHECK (version >= 0),
    posting_sequence INTEGER NOT NULL DEFAULT 0 CHECK (posting_sequence >= 0),
    posting_hash     BLOB    NOT NULL CHECK (length(posting_hash) = 32),
    created_at       INTEGER NOT NULL
) STRICT;
