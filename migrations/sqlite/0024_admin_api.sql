-- Calls of /v1/admin with an Idempotency-Key. A call is begun with the identifier that whatever it makes will have, so that a
-- retry makes nothing twice; and its answer is kept, so that a retry is answered the same. What the ledger writes has a memory
-- of its own besides (`idempotency`).

CREATE TABLE admin_call (
    key_hash     BLOB NOT NULL PRIMARY KEY CHECK (length(key_hash) = 32),
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    identifier   BLOB NOT NULL,
    status       INTEGER CHECK (status BETWEEN 200 AND 299),
    body         TEXT,
    created_at   INTEGER NOT NULL,
    CHECK ((status IS NULL) = (body IS NULL))
) STRICT;
CREATE INDEX admin_call_age ON admin_call (created_at);

-- A key of scope admin may ask for an adjustment, too. It is nobody, so any second person decides, and nobody withdraws it.
CREATE TABLE adjustment_request_new (
    organization_id BLOB    NOT NULL REFERENCES organization (id),
    id              BLOB    NOT NULL,
    once            TEXT    NOT NULL,
    kind            TEXT    NOT NULL CHECK (kind IN ('give', 'take_back')),
    grant_id        BLOB    NOT NULL,
    credits         INTEGER NOT NULL CHECK (credits > 0),
    content         TEXT    NOT NULL,
    reason          TEXT    NOT NULL CHECK (reason <> ''),
    state           TEXT    NOT NULL CHECK (state IN ('pending', 'approved', 'booked', 'failed', 'refused', 'withdrawn')),
    asked_by        BLOB    REFERENCES staff (id),
    asked_by_key    BLOB    REFERENCES api_key (id),
    asked_by_name   TEXT    NOT NULL,
    asked_at        INTEGER NOT NULL,
    decided_by      BLOB    REFERENCES staff (id),
    decided_by_name TEXT,
    decided_at      INTEGER,
    outcome         TEXT,
    PRIMARY KEY (organization_id, id),
    CHECK ((asked_by IS NULL) <> (asked_by_key IS NULL)),
    CHECK (asked_by_key IS NULL OR state <> 'withdrawn'),
    CHECK ((state = 'pending') = (decided_by IS NULL)),
    CHECK ((state = 'pending') = (decided_by_name IS NULL)),
    CHECK ((state = 'pending') = (decided_at IS NULL)),
    CHECK (state = 'pending' OR (decided_by = asked_by) = (state = 'withdrawn'))
) STRICT;
INSERT INTO adjustment_request_new (organization_id, id, once, kind, grant_id, credits, content, reason, state, asked_by,
    asked_by_name, asked_at, decided_by, decided_by_name, decided_at, outcome)
SELECT organization_id, id, once, kind, grant_id, credits, content, reason, state, asked_by,
    asked_by_name, asked_at, decided_by, decided_by_name, decided_at, outcome
FROM adjustment_request;
DROP TABLE adjustment_request;
ALTER TABLE adjustment_request_new RENAME TO adjustment_request;
CREATE UNIQUE INDEX adjustment_request_once ON adjustment_request (organization_id, asked_by, once);
CREATE UNIQUE INDEX adjustment_request_call ON adjustment_request (organization_id, once) WHERE asked_by_key IS NOT NULL;
-- Of one grant, one request waits at a time.
CREATE UNIQUE INDEX adjustment_request_open ON adjustment_request (organization_id, grant_id)
    WHERE state IN ('pending', 'approved');
CREATE INDEX adjustment_request_to_book ON adjustment_request (decided_at) WHERE state = 'approved';
