-- What tells a repeat of an event has a narrow table of its own, as on PostgreSQL, where usage events are kept by month.
-- Here they stay in one table.
--
-- SQLite has no SHA-256: the keys of events that are there are filled in by the program right after (Store::migrate).

CREATE TABLE usage_event_key (
    organization_id BLOB NOT NULL,
    key_hash        BLOB NOT NULL CHECK (length(key_hash) = 16),
    content_hash    BLOB NOT NULL CHECK (length(content_hash) = 16),
    credits         INTEGER NOT NULL CHECK (credits >= 0),
    batch           INTEGER NOT NULL CHECK (batch >= 1),
    recorded_at     INTEGER NOT NULL,
    PRIMARY KEY (organization_id, key_hash)
) STRICT;

DROP VIEW readable_usage_event;
CREATE TABLE usage_event_new (
    organization_id      BLOB   NOT NULL,
    batch                INTEGER NOT NULL CHECK (batch >= 1),
    id                   BLOB   NOT NULL,
    event_key            TEXT   NOT NULL,
    use_case             TEXT   NOT NULL,
    mode                 TEXT   NOT NULL,
    platform             TEXT   NOT NULL,
    subject              TEXT,
    api_key_id           BLOB,
    quantities           TEXT   NOT NULL,
    occurred_at          INTEGER NOT NULL,
    recorded_at          INTEGER NOT NULL,
    rate_card_version_id BLOB   NOT NULL,
    exact                TEXT   NOT NULL,
    credits              INTEGER NOT NULL CHECK (credits >= 0),
    charges              TEXT   NOT NULL,
    owed                 INTEGER NOT NULL CHECK (owed >= 0),
    forgiven             INTEGER NOT NULL CHECK (forgiven >= 0),
    hold_id              BLOB,
    PRIMARY KEY (organization_id, batch, id)
) STRICT;
INSERT INTO usage_event_new
SELECT
    organization_id, batch, id, event_key, use_case, mode, platform, subject, api_key_id, quantities, occurred_at,
    recorded_at, rate_card_version_id, exact, credits, charges, owed, forgiven, hold_id
FROM usage_event
ORDER BY rowid;
DROP TABLE usage_event;
ALTER TABLE usage_event_new RENAME TO usage_event;
CREATE INDEX usage_event_occurred ON usage_event (organization_id, occurred_at);

CREATE VIEW readable_usage_event AS
SELECT
    lower(hex(organization_id)) AS organization_id, batch, lower(hex(id)) AS id, event_key, use_case, mode,
    platform, subject, quantities,
    strftime('%Y-%m-%dT%H:%M:%fZ', occurred_at / 1e6, 'unixepoch') AS occurred_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at / 1e6, 'unixepoch') AS recorded_at, exact,
    credits / 1e6 AS credits, charges, owed / 1e6 AS owed, forgiven / 1e6 AS forgiven,
    lower(hex(hold_id)) AS hold_id
FROM usage_event;
