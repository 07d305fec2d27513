-- Usage events by the month in which they were recorded, and apart from them, in a narrow table, what tells a repeat of an
-- event: a table in parts cannot promise by itself that an event's key is unique in its organization.
--
-- Processes of the version before must be stopped first: they know nothing of the keys. Their statements fail on this
-- schema (content_hash has moved), so none of them can count an event twice.

CREATE TABLE usage_event_key (
    organization_id UUID   NOT NULL,
    key_hash        UUID   NOT NULL, -- The first 16 bytes of the SHA-256 of the event's key: no other type is as narrow.
    content_hash    UUID   NOT NULL,
    credits         BIGINT NOT NULL CHECK (credits >= 0),
    batch           BIGINT NOT NULL CHECK (batch >= 1),
    recorded_at     BIGINT NOT NULL
);
INSERT INTO usage_event_key (organization_id, key_hash, content_hash, credits, batch, recorded_at)
SELECT
    organization_id, encode(substring(sha256(convert_to(event_key, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid,
    encode(content_hash, 'hex')::uuid, credits, batch, recorded_at
FROM usage_event
ORDER BY 1, 2;
ALTER TABLE usage_event_key ADD PRIMARY KEY (organization_id, key_hash);

-- What is there becomes one part as it stands: no row is copied.
ALTER TABLE usage_event RENAME TO usage_event_before_partitions;
ALTER INDEX usage_event_occurred RENAME TO usage_event_before_partitions_occurred;
ALTER TABLE usage_event_before_partitions
    DROP CONSTRAINT usage_event_pkey,
    DROP CONSTRAINT usage_event_organization_id_event_key_key,
    DROP COLUMN content_hash;

-- Its constraints are named as those of the part that it takes in.
CREATE TABLE usage_event (
    organization_id      UUID   NOT NULL,
    batch                BIGINT NOT NULL CONSTRAINT usage_event_batch_check CHECK (batch >= 1),
    id                   UUID   NOT NULL,
    event_key            TEXT   NOT NULL,
    use_case             TEXT   NOT NULL,
    mode                 TEXT   NOT NULL,
    platform             TEXT   NOT NULL,
    subject              TEXT,
    api_key_id           UUID,
    quantities           TEXT   NOT NULL,
    occurred_at          BIGINT NOT NULL,
    recorded_at          BIGINT NOT NULL,
    rate_card_version_id UUID   NOT NULL,
    exact                TEXT   NOT NULL,
    credits              BIGINT NOT NULL CONSTRAINT usage_event_credits_check CHECK (credits >= 0),
    charges              TEXT   NOT NULL,
    owed                 BIGINT NOT NULL CONSTRAINT usage_event_owed_check CHECK (owed >= 0),
    forgiven             BIGINT NOT NULL CONSTRAINT usage_event_forgiven_check CHECK (forgiven >= 0),
    hold_id              UUID,
    PRIMARY KEY (organization_id, batch, id, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX usage_event_occurred ON usage_event (organization_id, occurred_at);

-- The same view, on the table of that name.
CREATE OR REPLACE VIEW readable.usage_event AS
SELECT
    organization_id, batch, id, event_key, use_case, mode, platform, subject, quantities,
    to_timestamp(occurred_at / 1e6) AS occurred_at, to_timestamp(recorded_at / 1e6) AS recorded_at, exact,
    credits / 1e6 AS credits, charges, owed / 1e6 AS owed, forgiven / 1e6 AS forgiven, hold_id
FROM usage_event;

-- What no month takes: nothing is ever lost for want of a partition.
CREATE TABLE usage_event_default PARTITION OF usage_event DEFAULT;

-- The months to come are made by the program, ahead of time (src/store/src/partitions.rs).
DO $$
DECLARE
    newest BIGINT;
    month_end BIGINT;
BEGIN
    SELECT max(recorded_at) INTO newest FROM usage_event_before_partitions;
    IF newest IS NULL THEN
        DROP TABLE usage_event_before_partitions;
    ELSE
        newest := greatest(newest, (extract(epoch FROM now()) * 1e6)::bigint);
        month_end := (extract(epoch FROM
            date_trunc('month', to_timestamp(newest / 1e6) AT TIME ZONE 'UTC') + interval '1 month') * 1e6)::bigint;
        EXECUTE format('ALTER TABLE usage_event ATTACH PARTITION usage_event_before_partitions
            FOR VALUES FROM (MINVALUE) TO (%s)', month_end);
    END IF;
END
$$;
