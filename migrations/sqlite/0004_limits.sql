-- Caps and throttles, the vendor's and the customer's own, with what they have counted.

CREATE TABLE cap (
    organization_id BLOB    NOT NULL REFERENCES organization (id),
    id              BLOB    NOT NULL,
    name            TEXT    NOT NULL,
    owner           TEXT    NOT NULL CHECK (owner IN ('vendor', 'customer')),
    scope           TEXT    NOT NULL,
    window_kind     TEXT    NOT NULL CHECK (window_kind IN
        ('day', 'week', 'month', 'billing_period', 'rolling_hours', 'lifetime')),
    window_hours    INTEGER CHECK (window_hours BETWEEN 1 AND 720),
    limit_credits   INTEGER  CHECK (limit_credits >= 0),
    limit_minor     INTEGER  CHECK (limit_minor >= 0),
    limit_currency  TEXT,
    action          TEXT    NOT NULL CHECK (action IN ('block', 'notify')),
    thresholds      TEXT    NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, owner, name),
    CHECK ((window_kind = 'rolling_hours') = (window_hours IS NOT NULL)),
    CHECK ((limit_credits IS NULL) <> (limit_minor IS NULL)),
    CHECK ((limit_minor IS NULL) = (limit_currency IS NULL))
) STRICT;

CREATE TABLE cap_counter (
    organization_id BLOB   NOT NULL,
    cap_id          BLOB   NOT NULL,
    each_value      TEXT   NOT NULL,
    window_start    INTEGER NOT NULL,
    used            INTEGER NOT NULL CHECK (used >= 0),
    held            INTEGER NOT NULL CHECK (held >= 0),
    hit_at          INTEGER,
    PRIMARY KEY (organization_id, cap_id, window_start, each_value)
) STRICT;
CREATE INDEX cap_counter_hit ON cap_counter (organization_id, hit_at) WHERE hit_at IS NOT NULL;

CREATE TABLE throttle (
    organization_id BLOB   NOT NULL REFERENCES organization (id),
    id              BLOB   NOT NULL,
    name            TEXT   NOT NULL,
    owner           TEXT   NOT NULL CHECK (owner IN ('vendor', 'customer')),
    scope           TEXT   NOT NULL,
    limit_requests  INTEGER CHECK (limit_requests >= 0),
    limit_credits   INTEGER CHECK (limit_credits >= 0),
    period          TEXT   NOT NULL CHECK (period IN ('second', 'minute', 'hour', 'day')),
    burst           INTEGER CHECK (burst >= 0),
    when_exceeded   TEXT   NOT NULL CHECK (when_exceeded IN ('reject', 'degrade')),
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, owner, name),
    CHECK ((limit_requests IS NULL) <> (limit_credits IS NULL))
) STRICT;

-- The theoretical arrival time of GCRA, in nanoseconds since the Unix epoch.
CREATE TABLE throttle_state (
    organization_id BLOB   NOT NULL,
    throttle_id     BLOB   NOT NULL,
    each_value      TEXT   NOT NULL,
    arrival_ns      INTEGER NOT NULL,
    PRIMARY KEY (organization_id, throttle_id, each_value)
) STRICT;
