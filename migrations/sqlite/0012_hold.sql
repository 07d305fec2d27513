-- A hold is found by its identifier alone, which grows with time: new ones go to the end of their key. The organization is
-- in the key for tables that are distributed by it.
--
-- requested_mode: the mode asked for, where another was granted. A run is counted when it ends, and then it is known
-- whether it was degraded. Holds that are open now were counted when they were authorised; they count once more.
DROP VIEW readable_hold;
ALTER TABLE hold RENAME TO hold_before;
DROP INDEX hold_by_id;
DROP INDEX hold_open;

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
    requested_mode  TEXT,
    PRIMARY KEY (id, organization_id),
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((state = 'captured') = (captured IS NOT NULL))
) STRICT;
INSERT INTO hold
SELECT organization_id, id, state, use_case, mode, platform, subject, api_key_id, quantities, credits, shares, counters,
    authorized_at, expires_at, ended_at, captured, end_reason, NULL
FROM hold_before;
DROP TABLE hold_before;
CREATE INDEX hold_open ON hold (organization_id, expires_at) WHERE state = 'open';
CREATE INDEX hold_captured ON hold (organization_id, captured) WHERE state = 'captured';

CREATE VIEW readable_hold AS
SELECT
    lower(hex(organization_id)) AS organization_id, lower(hex(id)) AS id, state, use_case, mode, platform,
    subject, credits / 1e6 AS credits, shares,
    strftime('%Y-%m-%dT%H:%M:%fZ', authorized_at / 1e6, 'unixepoch') AS authorized_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', expires_at / 1e6, 'unixepoch') AS expires_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended_at / 1e6, 'unixepoch') AS ended_at, captured / 1e6 AS captured,
    end_reason
FROM hold;
