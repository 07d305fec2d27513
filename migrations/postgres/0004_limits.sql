-- Caps and throttles, the vendor's and the customer's own, with what they have counted.

CREATE TABLE cap (
    organization_id UUID    NOT NULL REFERENCES organization (id),
    id              UUID    NOT NULL,
    name            TEXT    NOT NULL,
    owner           TEXT    NOT NULL CHECK (owner IN ('vendor', 'customer')),
    scope           TEXT    NOT NULL,
    window_kind     TEXT    NOT NULL CHECK (window_kind IN
        ('day', 'week', 'month', 'billing_period', 'rolling_hours', 'lifetime')),
    window_hours    INTEGER CHECK (window_hours BETWEEN 1 AND 720),
    limit_credits   BIGINT  CHECK (limit_credits >= 0),
    limit_minor     BIGINT  CHECK (limit_minor >= 0),
    limit_currency  TEXT,
    action          TEXT    NOT NULL CHECK (action IN ('block', 'notify')),
    thresholds      TEXT    NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, owner, name),
    CHECK ((window_kind = 'rolling_hours') = (window_hours IS NOT NULL)),
    CHECK ((limit_credits IS NULL) <> (limit_minor IS NULL)),
    CHECK ((limit_minor IS NULL) = (limit_currency IS NULL))
);

CREATE TABLE cap_counter (
    organization_id UUID   NOT NULL,
    cap_id          UUID   NOT NULL,
    each_value      TEXT   NOT NULL,
    window_start    BIGINT NOT NULL,
    used            BIGINT NOT NULL CHECK (used >= 0),
    held            BIGINT NOT NULL CHECK (held >= 0),
    hit_at          BIGINT,
    PRIMARY KEY (organization_id, cap_id, window_start, each_value)
) WITH (fillfactor = 50);
CREATE INDEX cap_counter_hit ON cap_counter (organization_id, hit_at) WHERE hit_at IS NOT NULL;

CREATE TABLE throttle (
    organization_id UUID   NOT NULL REFERENCES organization (id),
    id              UUID   NOT NULL,
    name            TEXT   NOT NULL,
    owner           TEXT   NOT NULL CHECK (owner IN ('vendor', 'customer')),
    scope           TEXT   NOT NULL,
    limit_requests  BIGINT CHECK (limit_requests >= 0),
    limit_credits   BIGINT CHECK (limit_credits >= 0),
    period          TEXT   NOT NULL CHECK (period IN ('second', 'minute', 'hour', 'day')),
    burst           BIGINT CHECK (burst >= 0),
    when_exceeded   TEXT   NOT NULL CHECK (when_exceeded IN ('reject', 'degrade')),
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, owner, name),
    CHECK ((limit_requests IS NULL) <> (limit_credits IS NULL))
);

-- The theoretical arrival time of GCRA, in nanoseconds since the Unix epoch.
CREATE TABLE throttle_state (
    organization_id UUID   NOT NULL,
    throttle_id     UUID   NOT NULL,
    each_value      TEXT   NOT NULL,
    arrival_ns      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, throttle_id, each_value)
) WITH (fillfactor = 50);
