-- What is agreed with a customer over time, and how far it has been carried out.

-- A contract's terms are a version of a plan for one customer; `base_id` is the version of the plan that it builds on.
ALTER TABLE plan_version ADD COLUMN base_id UUID REFERENCES plan_version (id);

-- Signed in versions: the first, and amendments. `plan_version_id` holds the terms that come of the plan and what differs.
CREATE TABLE contract_version (
    organization_id UUID   NOT NULL REFERENCES organization (id),
    contract_id     UUID   NOT NULL,
    number          BIGINT NOT NULL CHECK (number >= 1),
    effective_at    BIGINT NOT NULL,
    terms           TEXT   NOT NULL,
    plan_version_id UUID   NOT NULL REFERENCES plan_version (id),
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, contract_id, number)
);

-- What has held for a customer, from when: a plan version, or none. Until the next phase.
CREATE TABLE phase (
    organization_id  UUID   NOT NULL REFERENCES organization (id),
    number           BIGINT NOT NULL CHECK (number >= 1),
    starts_at        BIGINT NOT NULL,
    anchor           BIGINT NOT NULL,
    plan_version_id  UUID   REFERENCES plan_version (id),
    contract_id      UUID,
    contract_version BIGINT,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (organization_id, number),
    CHECK ((contract_id IS NULL) = (contract_version IS NULL))
);

-- How far a customer's agreements are carried out (JSON), and when the next step is due. The revision rises with every
-- change of them: whoever does a step names the one on which it was worked out. A claim keeps other processes away for a
-- while.
CREATE TABLE schedule (
    organization_id UUID   NOT NULL PRIMARY KEY REFERENCES organization (id),
    revision        BIGINT NOT NULL CHECK (revision >= 1),
    progress        TEXT   NOT NULL,
    next_step_at    BIGINT,
    claimed_until   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX schedule_next_step ON schedule (next_step_at) WHERE next_step_at IS NOT NULL;

-- What was done, each step once for ever, with the grant that came of it and the money that fell due.
CREATE TABLE step (
    organization_id UUID   NOT NULL REFERENCES organization (id),
    key             TEXT   NOT NULL,
    kind            TEXT   NOT NULL CHECK (kind IN ('expire', 'plan_end', 'contract_end', 'contract_renewal', 'renewal',
        'charge', 'payment', 'roll_over', 'grant', 'release')),
    at              BIGINT NOT NULL,
    done_at         BIGINT NOT NULL,
    grant_id        UUID,
    money_minor     BIGINT,
    money_currency  TEXT,
    PRIMARY KEY (organization_id, key),
    CHECK ((money_minor IS NULL) = (money_currency IS NULL))
);
CREATE INDEX step_at ON step (organization_id, at);

-- A change of plan that is to come: at an instant, or (`due_at` null) when the plan or the contract next renews or ends.
-- Reversible until it is done.
CREATE TABLE plan_change (
    organization_id  UUID   NOT NULL REFERENCES organization (id),
    id               UUID   NOT NULL,
    plan_version_id  UUID   REFERENCES plan_version (id),
    contract_id      UUID,
    contract_version BIGINT,
    anchor           BIGINT,
    due_at           BIGINT,
    state            TEXT   NOT NULL CHECK (state IN ('scheduled', 'done', 'withdrawn', 'refused')),
    created_at       BIGINT NOT NULL,
    ended_at         BIGINT,
    PRIMARY KEY (organization_id, id),
    CHECK ((contract_id IS NULL) = (contract_version IS NULL)),
    CHECK ((state = 'scheduled') = (ended_at IS NULL))
);
CREATE INDEX plan_change_scheduled ON plan_change (organization_id) WHERE state = 'scheduled';

CREATE TRIGGER phase_append_only BEFORE UPDATE OR DELETE ON phase
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contract_version_append_only BEFORE UPDATE OR DELETE ON contract_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER step_append_only BEFORE UPDATE OR DELETE ON step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
