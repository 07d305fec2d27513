-- Credits to be given or taken back that one person of the staff has asked for and another one has to approve. Whoever asked
-- never approves. `approved` is a promise: the booking follows, once, under a key that is made of the request's identifier.

CREATE TABLE adjustment_request (
    organization_id BLOB    NOT NULL REFERENCES organization (id),
    id              BLOB    NOT NULL,
    once            TEXT    NOT NULL,
    kind            TEXT    NOT NULL CHECK (kind IN ('give', 'take_back')),
    grant_id        BLOB    NOT NULL,
    credits         INTEGER NOT NULL CHECK (credits > 0),
    content         TEXT    NOT NULL,
    reason          TEXT    NOT NULL CHECK (reason <> ''),
    state           TEXT    NOT NULL CHECK (state IN ('pending', 'approved', 'booked', 'failed', 'refused', 'withdrawn')),
    asked_by        BLOB    NOT NULL REFERENCES staff (id),
    asked_by_name   TEXT    NOT NULL,
    asked_at        INTEGER NOT NULL,
    decided_by      BLOB    REFERENCES staff (id),
    decided_by_name TEXT,
    decided_at      INTEGER,
    outcome         TEXT,
    PRIMARY KEY (organization_id, id),
    CHECK ((state = 'pending') = (decided_by IS NULL)),
    CHECK ((state = 'pending') = (decided_by_name IS NULL)),
    CHECK ((state = 'pending') = (decided_at IS NULL)),
    CHECK (state = 'pending' OR (decided_by = asked_by) = (state = 'withdrawn'))
) STRICT;
CREATE UNIQUE INDEX adjustment_request_once ON adjustment_request (organization_id, asked_by, once);
-- Of one grant, one request waits at a time.
CREATE UNIQUE INDEX adjustment_request_open ON adjustment_request (organization_id, grant_id)
    WHERE state IN ('pending', 'approved');
CREATE INDEX adjustment_request_to_book ON adjustment_request (decided_at) WHERE state = 'approved';
