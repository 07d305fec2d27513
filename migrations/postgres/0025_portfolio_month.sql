-- The portfolio's figures by month of UTC: of each organization and currency, and their sums over all organizations. Made
-- by a job from postings, payments and agreements, never from usage events. Money is in minor units, credits in
-- micro-credits. `committed` and `deferred` say how much more it became within the month; `expected` is what will expire
-- unburned in a month to come.

CREATE TABLE portfolio_month (
    organization_id UUID    NOT NULL REFERENCES organization (id),
    month           BIGINT NOT NULL,
    currency        TEXT    NOT NULL,
    committed       BIGINT NOT NULL,
    burned          BIGINT NOT NULL,
    broken          BIGINT NOT NULL,
    earned_minor    BIGINT NOT NULL,
    broken_minor    BIGINT NOT NULL,
    deferred        BIGINT NOT NULL,
    paid            BIGINT NOT NULL,
    fell_due        BIGINT NOT NULL,
    expected        BIGINT NOT NULL,
    expected_minor  BIGINT NOT NULL,
    PRIMARY KEY (organization_id, month, currency)
);

CREATE TABLE portfolio_month_total (
    month           BIGINT NOT NULL,
    currency        TEXT    NOT NULL,
    committed       BIGINT NOT NULL,
    burned          BIGINT NOT NULL,
    broken          BIGINT NOT NULL,
    earned_minor    BIGINT NOT NULL,
    broken_minor    BIGINT NOT NULL,
    deferred        BIGINT NOT NULL,
    paid            BIGINT NOT NULL,
    fell_due        BIGINT NOT NULL,
    expected        BIGINT NOT NULL,
    expected_minor  BIGINT NOT NULL,
    PRIMARY KEY (month, currency)
);

-- Up to which posting an organization's months are made, from which version, and when they are stale even so.
CREATE TABLE portfolio_book (
    organization_id UUID    NOT NULL PRIMARY KEY REFERENCES organization (id),
    sequence        BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    made_at         BIGINT NOT NULL,
    due_at          BIGINT NOT NULL
);

-- What became of the credits of each grant that was paid for, up to that posting: what revenue is reckoned from.
CREATE TABLE portfolio_grant (
    organization_id UUID    NOT NULL,
    grant_id        UUID    NOT NULL,
    issued_at       BIGINT,
    burned          BIGINT NOT NULL,
    broken          BIGINT NOT NULL,
    moved           BIGINT NOT NULL,
    PRIMARY KEY (organization_id, grant_id)
);

-- Adjustments that are open, of all customers: the list of those who decide on them.
CREATE INDEX adjustment_request_waiting ON adjustment_request (asked_at, id) WHERE state IN ('pending', 'approved');
