-- Sums of usage and decisions, written with every batch: what charts read in place of the events.

CREATE TABLE rollup_hour (
    organization_id UUID   NOT NULL,
    hour            BIGINT NOT NULL,
    use_case        TEXT   NOT NULL,
    mode            TEXT   NOT NULL,
    platform        TEXT   NOT NULL,
    credits         BIGINT NOT NULL,
    events          BIGINT NOT NULL,
    authorized      BIGINT NOT NULL,
    degraded        BIGINT NOT NULL,
    throttled       BIGINT NOT NULL,
    capped          BIGINT NOT NULL,
    refused         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, hour, use_case, mode, platform)
) WITH (fillfactor = 70);

CREATE TABLE rollup_day (
    organization_id UUID   NOT NULL,
    day             BIGINT NOT NULL,
    use_case        TEXT   NOT NULL,
    mode            TEXT   NOT NULL,
    platform        TEXT   NOT NULL,
    credits         BIGINT NOT NULL,
    events          BIGINT NOT NULL,
    authorized      BIGINT NOT NULL,
    degraded        BIGINT NOT NULL,
    throttled       BIGINT NOT NULL,
    capped          BIGINT NOT NULL,
    refused         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, day, use_case, mode, platform)
) WITH (fillfactor = 70);

-- An empty subject stands for runs without one, so that the sums over subjects are the sums over everything.
CREATE TABLE rollup_subject_day (
    organization_id UUID   NOT NULL,
    day             BIGINT NOT NULL,
    subject         TEXT   NOT NULL,
    use_case        TEXT   NOT NULL,
    credits         BIGINT NOT NULL,
    events          BIGINT NOT NULL,
    authorized      BIGINT NOT NULL,
    degraded        BIGINT NOT NULL,
    throttled       BIGINT NOT NULL,
    capped          BIGINT NOT NULL,
    refused         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, day, subject, use_case)
) WITH (fillfactor = 70);
