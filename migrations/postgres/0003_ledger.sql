-- Grants, holds, usage events, postings, and the answers already given. No foreign keys on what every batch writes:
-- the organization's row is locked by whoever writes here, and organizations are never deleted.

CREATE TABLE credit_grant (
    organization_id UUID   NOT NULL REFERENCES organization (id),
    id              UUID   NOT NULL,
    kind            TEXT   NOT NULL CHECK (kind IN
        ('trial', 'allotment', 'purchase', 'commitment', 'promotional', 'adjustment', 'rollover')),
    state           TEXT   NOT NULL CHECK (state IN ('pending', 'active', 'void', 'expired')),
    amount          BIGINT NOT NULL CHECK (amount > 0),
    remaining       BIGINT NOT NULL CHECK (remaining >= 0),
    held            BIGINT NOT NULL CHECK (held >= 0),
    burned          BIGINT NOT NULL CHECK (burned >= 0),
    expired         BIGINT NOT NULL CHECK (expired >= 0),
    voided          BIGINT NOT NULL CHECK (voided >= 0),
    priority        INTEGER NOT NULL,
    effective_at    BIGINT NOT NULL,
    expires_at      BIGINT CHECK (expires_at > effective_at),
    paid_minor      BIGINT,
    paid_currency   TEXT,
    scope           TEXT,
    created_at      BIGINT NOT NULL,
    note            TEXT,
    PRIMARY KEY (organization_id, id),
    CHECK (remaining + held + burned + expired + voided = CASE state WHEN 'pending' THEN 0 ELSE amount END),
    CHECK ((paid_minor IS NULL) = (paid_currency IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX credit_grant_newest ON credit_grant (organization_id, created_at, id);
CREATE INDEX credit_grant_due ON credit_grant (expires_at, organization_id) WHERE state = 'active';

CREATE TABLE hold (
    organization_id UUID   NOT NULL,
    id              UUID   NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN ('open', 'captured', 'released', 'expired')),
    use_case        TEXT   NOT NULL,
    mode            TEXT   NOT NULL,
    platform        TEXT   NOT NULL,
    subject         TEXT,
    api_key_id      UUID,
    quantities      TEXT   NOT NULL,
    credits         BIGINT NOT NULL CHECK (credits >= 0),
    shares          TEXT   NOT NULL,
    counters        TEXT   NOT NULL,
    authorized_at   BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    captured        BIGINT CHECK (captured >= 0),
    end_reason      TEXT,
    PRIMARY KEY (organization_id, id),
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((state = 'captured') = (captured IS NOT NULL))
);
CREATE INDEX hold_by_id ON hold (id);
CREATE INDEX hold_open ON hold (organization_id, expires_at) WHERE state = 'open';

-- Ready to be partitioned by month of recorded_at: its keys then take recorded_at as their last column.
CREATE TABLE usage_event (
    organization_id      UUID   NOT NULL,
    batch                BIGINT NOT NULL CHECK (batch >= 1),
    id                   UUID   NOT NULL,
    event_key            TEXT   NOT NULL,
    content_hash         BYTEA  NOT NULL CHECK (length(content_hash) = 16),
    use_case             TEXT   NOT NULL,
    mode                 TEXT   NOT NULL,
    platform             TEXT   NOT NULL,
    subject              TEXT,
    api_key_id           UUID,
    quantities           TEXT   NOT NULL,
    occurred_at          BIGINT NOT NULL,
    recorded_at          BIGINT NOT NULL,
    rate_card_version_id UUID   NOT NULL,
    exact                TEXT   NOT NULL,
    credits              BIGINT NOT NULL CHECK (credits >= 0),
    charges              TEXT   NOT NULL,
    owed                 BIGINT NOT NULL CHECK (owed >= 0),
    forgiven             BIGINT NOT NULL CHECK (forgiven >= 0),
    hold_id              UUID,
    PRIMARY KEY (organization_id, batch, id),
    UNIQUE (organization_id, event_key)
);
CREATE INDEX usage_event_occurred ON usage_event (organization_id, occurred_at);

CREATE TABLE posting (
    organization_id UUID   NOT NULL,
    sequence        BIGINT NOT NULL CHECK (sequence >= 1),
    batch           BIGINT NOT NULL CHECK (batch >= 1),
    at              BIGINT NOT NULL,
    grant_id        UUID,
    from_account    TEXT   NOT NULL CHECK (from_account IN
        ('issued', 'available', 'held', 'burned', 'expired', 'voided', 'owed', 'forgiven')),
    to_account      TEXT   NOT NULL CHECK (to_account IN
        ('issued', 'available', 'held', 'burned', 'expired', 'voided', 'owed', 'forgiven')),
    credits         BIGINT NOT NULL CHECK (credits > 0),
    events          BIGINT NOT NULL CHECK (events >= 0),
    events_digest   BYTEA  NOT NULL CHECK (length(events_digest) = 32),
    previous_hash   BYTEA  NOT NULL CHECK (length(previous_hash) = 32),
    hash            BYTEA  NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (organization_id, sequence),
    CHECK (from_account <> to_account)
);
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE ON posting
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posting_no_truncate BEFORE TRUNCATE ON posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE idempotency (
    organization_id UUID   NOT NULL,
    key_hash        BYTEA  NOT NULL CHECK (length(key_hash) = 32),
    request_hash    BYTEA  NOT NULL CHECK (length(request_hash) = 32),
    outcome         TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, key_hash)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
