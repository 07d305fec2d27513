-- Calls of /v1/admin with an Idempotency-Key. A call is begun with the identifier that whatever it makes will have, so that a
-- retry makes nothing twice; and its answer is kept, so that a retry is answered the same. What the ledger writes has a memory
-- of its own besides (`idempotency`).

CREATE TABLE admin_call (
    key_hash     BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    request_hash BYTEA NOT NULL CHECK (octet_length(request_hash) = 32),
    identifier   UUID NOT NULL,
    status       BIGINT CHECK (status BETWEEN 200 AND 299),
    body         TEXT,
    created_at   BIGINT NOT NULL,
    CHECK ((status IS NULL) = (body IS NULL))
);
CREATE INDEX admin_call_age ON admin_call (created_at);

-- A key of scope admin may ask for an adjustment, too. It is nobody, so any second person decides, and nobody withdraws it.
ALTER TABLE adjustment_request
    ALTER COLUMN asked_by DROP NOT NULL,
    ADD COLUMN asked_by_key UUID REFERENCES api_key (id),
    ADD CHECK ((asked_by IS NULL) <> (asked_by_key IS NULL)),
    ADD CHECK (asked_by_key IS NULL OR state <> 'withdrawn');
CREATE UNIQUE INDEX adjustment_request_call ON adjustment_request (organization_id, once) WHERE asked_by_key IS NOT NULL;
