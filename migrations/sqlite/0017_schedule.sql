-- What is agreed with a customer over time, and how far it has been carried out.

-- A contract's terms are a version of a plan for one customer; `base_id` is the version of the plan that it builds on.
ALTER TABLE plan_version ADD COLUMN base_id BLOB REFERENCES plan_version (id);

-- Signed in versions: the first, and amendments. `plan_version_id` holds the terms that come of the plan and what differs.
CREATE TABLE contract_version (
    organization_id BLOB   NOT NULL REFERENCES organization (id),
    contract_id     BLOB   NOT NULL,
    number          INTEGER NOT NULL CHECK (number >= 1),
    effective_at    INTEGER NOT NULL,
    terms           TEXT   NOT NULL,
    plan_version_id BLOB   NOT NULL REFERENCES plan_version (id),
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (organization_id, contract_id, number)
) STRICT;

-- What has held for a customer, from when: a plan version, or none. Until the next phase.
CREATE TABLE phase (
    organization_id  BLOB   NOT NULL REFERENCES organization (id),
    number           INTEGER NOT NULL CHECK (number >= 1),
    starts_at        INTEGER NOT NULL,
    anchor           INTEGER NOT NULL,
    plan_version_id  BLOB   REFERENCES plan_version (id),
    contract_id      BLOB,
    contract_version INTEGER,
    created_at       INTEGER NOT NULL,
    PRIMARY KEY (organization_id, number),
    CHECK ((contract_id IS NULL) = (contract_version IS NULL))
) STRICT;

-- How far a customer's agreements are carried out (JSON), and when the next step is due. The revision rises with every
-- change of them: whoever does a step names the one on which it was worked out. A claim keeps other processes away for a
-- while.
CREATE TABLE schedule (
    organization_id BLOB   NOT NULL PRIMARY KEY REFERENCES organization (id),
    revision        INTEGER NOT NULL CHECK (revision >= 1),
    progress        TEXT   NOT NULL,
    next_step_at    INTEGER,
    claimed_until   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX schedule_next_step ON schedule (next_step_at) WHERE next_step_at IS NOT NULL;

-- What was done, each step once for ever, with the grant that came of it and the money that fell due.
CREATE TABLE step (
    organization_id BLOB   NOT NULL REFERENCES organization (id),
    key             TEXT   NOT NULL,
    kind            TEXT   NOT NULL CHECK (kind IN ('expire', 'plan_end', 'contract_end', 'contract_renewal', 'renewal',
        'charge', 'payment', 'roll_over', 'grant', 'release')),
    at              INTEGER NOT NULL,
    done_at         INTEGER NOT NULL,
    grant_id        BLOB,
    money_minor     INTEGER,
    money_currency  TEXT,
    PRIMARY KEY (organization_id, key),
    CHECK ((money_minor IS NULL) = (money_currency IS NULL))
) STRICT;
CREATE INDEX step_at ON step (organization_id, at);

-- A change of plan that is to come: at an instant, or (`due_at` null) when the plan or the contract next renews or ends.
-- Reversible until it is done.
CREATE TABLE plan_change (
    organization_id  BLOB   NOT NULL REFERENCES organization (id),
    id               BLOB   NOT NULL,
    plan_version_id  BLOB   REFERENCES plan_version (id),
    contract_id      BLOB,
    contract_version INTEGER,
    anchor           INTEGER,
    due_at           INTEGER,
    state            TEXT   NOT NULL CHECK (state IN ('scheduled', 'done', 'withdrawn', 'refused')),
    created_at       INTEGER NOT NULL,
    ended_at         INTEGER,
    PRIMARY KEY (organization_id, id),
    CHECK ((contract_id IS NULL) = (contract_version IS NULL)),
    CHECK ((state = 'scheduled') = (ended_at IS NULL))
) STRICT;
CREATE INDEX plan_change_scheduled ON plan_change (organization_id) WHERE state = 'scheduled';

CREATE TRIGGER phase_no_update BEFORE UPDATE ON phase
BEGIN SELECT RAISE(ABORT, 'phase is append-only'); END;
CREATE TRIGGER phase_no_delete BEFORE DELETE ON phase
BEGIN SELECT RAISE(ABORT, 'phase is append-only'); END;
CREATE TRIGGER contract_version_no_update BEFORE UPDATE ON contract_version
BEGIN SELECT RAISE(ABORT, 'contract_version is append-only'); END;
CREATE TRIGGER contract_version_no_delete BEFORE DELETE ON contract_version
BEGIN SELECT RAISE(ABORT, 'contract_version is append-only'); END;
CREATE TRIGGER step_no_update BEFORE UPDATE ON step
BEGIN SELECT RAISE(ABORT, 'step is append-only'); END;
CREATE TRIGGER step_no_delete BEFORE DELETE ON step
BEGIN SELECT RAISE(ABORT, 'step is append-only'); END;
