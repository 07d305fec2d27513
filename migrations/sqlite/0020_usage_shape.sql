-- How often each kind of run was used, by customer and local day: what a simulation prices, because a price is that of one run
-- and no sum of usage tells it. Made of the usage events when a simulation needs it, and kept.

CREATE TABLE usage_shape_day (
    organization_id BLOB    NOT NULL,
    day             INTEGER NOT NULL,
    shapes          TEXT    NOT NULL,
    PRIMARY KEY (organization_id, day)
) STRICT;

-- The last event of each organization that is in its days.
CREATE TABLE usage_shape_cursor (
    organization_id BLOB    NOT NULL PRIMARY KEY,
    batch           INTEGER NOT NULL,
    event_id        BLOB    NOT NULL
) STRICT;
