-- Groups of customers that are to be moved to a version of a plan, or whose moves to it are taken back: asked for at once, and
-- carried out by a job, a few customers at a time.

-- What was asked for, by whom. `from_version_id` is what the group was on; null where moves are taken back.
CREATE TABLE plan_move (
    id              UUID    NOT NULL PRIMARY KEY,
    act             TEXT    NOT NULL CHECK (act IN ('now', 'renewal', 'withdraw')),
    to_version_id   UUID    NOT NULL REFERENCES plan_version (id),
    from_version_id UUID    REFERENCES plan_version (id),
    of_contracts    BOOLEAN NOT NULL,
    asked_kind      TEXT    NOT NULL,
    asked_by        UUID,
    asked_by_name   TEXT    NOT NULL,
    asked_at        BIGINT  NOT NULL,
    CHECK ((act = 'withdraw') = (from_version_id IS NULL))
);
CREATE INDEX plan_move_to ON plan_move (to_version_id, id);

-- Each customer of the group, as it was when the move was asked for, and what became of it.
CREATE TABLE plan_move_customer (
    move_id         UUID    NOT NULL REFERENCES plan_move (id),
    organization_id UUID    NOT NULL REFERENCES organization (id),
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'done', 'scheduled', 'refused', 'withdrawn')),
    reason          TEXT,
    claimed_until   BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, move_id),
    CHECK ((state = 'refused') = (reason IS NOT NULL))
);
CREATE INDEX plan_move_customer_waiting ON plan_move_customer (move_id, organization_id) WHERE state = 'waiting';
CREATE INDEX plan_move_customer_state ON plan_move_customer (move_id, state);
