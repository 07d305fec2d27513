-- The portfolio's figures by month of UTC: of each organization and currency, and their sums over all organizations. Made
-- by a job from postings, payments and agreements, never from usage events. Money is in minor units, credits in
-- micro-credits. `committed` and `deferred` say how much more it became within the month; `expected` is what will expire
-- unburned in a month to come.

CREATE TABLE portfolio_month (
    organization_id BLOB    NOT NULL REFERENCES organization (id),
    month           INTEGER NOT NULL,
    currency        TEXT    NOT NULL,
    committed       INTEGER NOT NULL,
    burned          INTEGER NOT NULL,
    broken          INTEGER NOT NULL,
    earned_minor    INTEGER NOT NULL,
    broken_minor    INTEGER NOT NULL,
    deferred        INTEGER NOT NULL,
    paid            INTEGER NOT NULL,
    fell_due        INTEGER NOT NULL,
    expected        INTEGER NOT NULL,
    expected_minor  INTEGER NOT NULL,
    PRIMARY KEY (organization_id, month, currency)
) STRICT;

CREATE TABLE portfolio_month_total (
    month           INTEGER NOT NULL,
    currency        TEXT    NOT NULL,
    committed       INTEGER NOT NULL,
    burned          INTEGER NOT NULL,
    broken          INTEGER NOT NULL,
    earned_minor    INTEGER NOT NULL,
    broken_minor    INTEGER NOT NULL,
    deferred        INTEGER NOT NULL,
    paid            INTEGER NOT NULL,
    fell_due        INTEGER NOT NULL,
    expected        INTEGER NOT NULL,
    expected_minor  INTEGER NOT NULL,
    PRIMARY KEY (month, currency)
) STRICT;

-- Up to which posting an organization's months are made, from which version, and when they are stale even so.
CREATE TABLE portfolio_book (
    organization_id BLOB    NOT NULL PRIMARY KEY REFERENCES organization (id),
    sequence        INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    made_at         INTEGER NOT NULL,
    due_at          INTEGER NOT NULL
) STRICT;

-- What became of the credits of each grant that was paid for, up to that posting: what revenue is reckoned from.
CREATE TABLE portfolio_grant (
    organization_id BLOB    NOT NULL,
    grant_id        BLOB    NOT NULL,
    issued_at       INTEGER,
    burned          INTEGER NOT NULL,
    broken          INTEGER NOT NULL,
    moved           INTEGER NOT NULL,
    PRIMARY KEY (organization_id, grant_id)
) STRICT;

-- Adjustments that are open, of all customers: the list of those who decide on them.
CREATE INDEX adjustment_request_waiting ON adjustment_request (asked_at, id) WHERE state IN ('pending', 'approved');
