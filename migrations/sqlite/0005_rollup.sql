-- Sums of usage and decisions, written with every batch: what charts read in place of the events.

CREATE TABLE rollup_hour (
    organization_id BLOB   NOT NULL,
    hour            INTEGER NOT NULL,
    use_case        TEXT   NOT NULL,
    mode            TEXT   NOT NULL,
    platform        TEXT   NOT NULL,
    credits         INTEGER NOT NULL,
    events          INTEGER NOT NULL,
    authorized      INTEGER NOT NULL,
    degraded        INTEGER NOT NULL,
    throttled       INTEGER NOT NULL,
    capped          INTEGER NOT NULL,
    refused         INTEGER NOT NULL,
    PRIMARY KEY (organization_id, hour, use_case, mode, platform)
) STRICT;

CREATE TABLE rollup_day (
    organization_id BLOB   NOT NULL,
    day             INTEGER NOT NULL,
    use_case        TEXT   NOT NULL,
    mode            TEXT   NOT NULL,
    platform        TEXT   NOT NULL,
    credits         INTEGER NOT NULL,
    events          INTEGER NOT NULL,
    authorized      INTEGER NOT NULL,
    degraded        INTEGER NOT NULL,
    throttled       INTEGER NOT NULL,
    capped          INTEGER NOT NULL,
    refused         INTEGER NOT NULL,
    PRIMARY KEY (organization_id, day, use_case, mode, platform)
) STRICT;

-- An empty subject stands for runs without one, so that the sums over subjects are the sums over everything.
CREATE TABLE rollup_subject_day (
    organization_id BLOB   NOT NULL,
    day             INTEGER NOT NULL,
    subject         TEXT   NOT NULL,
    use_case        TEXT   NOT NULL,
    credits         INTEGER NOT NULL,
    events          INTEGER NOT NULL,
    authorized      INTEGER NOT NULL,
    degraded        INTEGER NOT NULL,
    throttled       INTEGER NOT NULL,
    capped          INTEGER NOT NULL,
    refused         INTEGER NOT NULL,
    PRIMARY KEY (organization_id, day, subject, use_case)
) STRICT;
