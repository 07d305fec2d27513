-- Grants, holds, usage events, postings, and the answers already given. No foreign keys on what every batch writes:
-- the organization's row is locked by whoever writes here, and organizations are never deleted.

CREATE TABLE credit_grant (
    organization_id BLOB   NOT NULL REFERENCES organization (id),
    id              BLOB   NOT NULL,
    kind            TEXT   NOT NULL CHECK (kind IN
        ('trial', 'allotment', 'purchase', 'commitment', 'promotional', 'adjustment', 'rollover')),
    state           TEXT   NOT NULL CHECK (state IN ('pending', 'active', 'void', 'expired')),
    amount          INTEGER NOT NULL CHECK (amount > 0),
    remaining       INTEGER NOT NULL CHECK (remaining >= 0),
    held            INTEGER NOT NULL CHECK (held >= 0),
    burned          INTEGER NOT NULL CHECK (burned >= 0),
    expired         INTEGER NOT NULL CHECK (expired >= 0),
    voided          INTEGER NOT NULL CHECK (voided >= 0),
    priority        INTEGER NOT NULL,
    effective_at    INTEGER NOT NULL,
    expires_at      INTEGER CHECK (expires_at > effective_at),
    paid_minor      INTEGER,
    paid_currency   TEXT,
    scope           TEXT,
    created_at      INTEGER NOT NULL,
    note            TEXT,
    PRIMARY KEY (organization_id, id),
    CHECK (remaining + held + burned + expired + voided = CASE state WHEN 'pending' THEN 0 ELSE amount END),
    CHECK ((paid_minor IS NULL) = (paid_currency IS NULL))
) STRICT;
CREATE INDEX credit_grant_newest ON credit_grant (organization_id, created_at, id);
CREATE INDEX credit_grant_due ON credit_grant (expires_at, organization_id) WHERE state = 'active';

CREATE TABLE hold (
    organization_id BLOB   NOT NULL,
    id              BLOB   NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN ('open', 'captured', 'released', 'expired')),
    use_case        TEXT   NOT NULL,
    mode            TEXT   NOT NULL,
    platform        TEXT   NOT NULL,
    subject         TEXT,
    api_key_id      BLOB,
    quantities      TEXT   NOT NULL,
    credits         INTEGER NOT NULL CHECK (credits >= 0),
    shares          TEXT   NOT NULL,
    counters        TEXT   NOT NULL,
    authorized_at   INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    ended_at        INTEGER,
    captured        INTEGER CHECK (captured >= 0),
    end_reason      TEXT,
    PRIMARY KEY (organization_id, id),
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((state = 'captured') = (captured IS NOT NULL))
) STRICT;
CREATE INDEX hold_by_id ON hold (id);
CREATE INDEX hold_open ON hold (organization_id, expires_at) WHERE state = 'open';

CREATE TABLE usage_event (
    organization_id      BLOB   NOT NULL,
    batch                INTEGER NOT NULL CHECK (batch >= 1),
    id                   BLOB   NOT NULL,
    event_key            TEXT   NOT NULL,
    content_hash         BLOB  NOT NULL CHECK (length(content_hash) = 16),
    use_case             TEXT   NOT NULL,
    mode                 TEXT   NOT NULL,
    platform             TEXT   NOT NULL,
    subject              TEXT,
    api_key_id           BLOB,
    quantities           TEXT   NOT NULL,
    occurred_at          INTEGER NOT NULL,
    recorded_at          INTEGER NOT NULL,
    rate_card_version_id BLOB   NOT NULL,
    exact                TEXT   NOT NULL,
    credits              INTEGER NOT NULL CHECK (credits >= 0),
    charges              TEXT   NOT NULL,
    owed                 INTEGER NOT NULL CHECK (owed >= 0),
    forgiven             INTEGER NOT NULL CHECK (forgiven >= 0),
    hold_id              BLOB,
    PRIMARY KEY (organization_id, batch, id),
    UNIQUE (organization_id, event_key)
) STRICT;
CREATE INDEX usage_event_occurred ON usage_event (organization_id, occurred_at);

CREATE TABLE posting (
    organization_id BLOB   NOT NULL,
    sequence        INTEGER NOT NULL CHECK (sequence >= 1),
    batch           INTEGER NOT NULL CHECK (batch >= 1),
    at              INTEGER NOT NULL,
    grant_id        BLOB,
    from_account    TEXT   NOT NULL CHECK (from_account IN
        ('issued', 'available', 'held', 'burned', 'expired', 'voided', 'owed', 'forgiven')),
    to_account      TEXT   NOT NULL CHECK (to_account IN
        ('issued', 'available', 'held', 'burned', 'expired', 'voided', 'owed', 'forgiven')),
    credits         INTEGER NOT NULL CHECK (credits > 0),
    events          INTEGER NOT NULL CHECK (events >= 0),
    events_digest   BLOB  NOT NULL CHECK (length(events_digest) = 32),
    previous_hash   BLOB  NOT NULL CHECK (length(previous_hash) = 32),
    hash            BLOB  NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (organization_id, sequence),
    CHECK (from_account <> to_account)
) STRICT;
CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END;
CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting
BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END;

CREATE TABLE idempotency (
    organization_id BLOB   NOT NULL,
    key_hash        BLOB  NOT NULL CHECK (length(key_hash) = 32),
    request_hash    BLOB  NOT NULL CHECK (length(request_hash) = 32),
    outcome         TEXT   NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (organization_id, key_hash)
) STRICT;
CREATE INDEX idempotency_age ON idempotency (created_at);
