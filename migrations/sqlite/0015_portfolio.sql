-- What lists of customers are searched, filtered and sorted by: one small row an organization, made from its grants and
-- roll-ups. `version` is the organization's that it was made from; at `due_at` it is stale even so.

CREATE TABLE portfolio (
    organization_id BLOB    NOT NULL PRIMARY KEY REFERENCES organization (id),
    version         INTEGER NOT NULL,
    made_at         INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    sort_name       TEXT    NOT NULL,
    plan            TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    available       INTEGER NOT NULL,
    burned          INTEGER NOT NULL,
    pace            INTEGER NOT NULL,
    depletes_at     INTEGER NOT NULL,
    health          INTEGER NOT NULL CHECK (health BETWEEN 0 AND 5),
    seen_at         INTEGER NOT NULL,
    renews_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX portfolio_name ON portfolio (sort_name, organization_id);
CREATE INDEX portfolio_available ON portfolio (available, organization_id);
CREATE INDEX portfolio_burned ON portfolio (burned, organization_id);
CREATE INDEX portfolio_depletes ON portfolio (depletes_at, organization_id);
CREATE INDEX portfolio_health ON portfolio (health, organization_id);
CREATE INDEX portfolio_seen ON portfolio (seen_at, organization_id);
CREATE INDEX portfolio_renews ON portfolio (renews_at, organization_id);
CREATE INDEX portfolio_plan ON portfolio (plan, organization_id);
CREATE INDEX portfolio_suspended ON portfolio (organization_id) WHERE status = 'suspended';

-- The words of names and keys, in lower case: a search is a range of them.
CREATE TABLE portfolio_word (
    organization_id BLOB NOT NULL REFERENCES organization (id),
    word            TEXT NOT NULL,
    PRIMARY KEY (organization_id, word)
) STRICT;
CREATE INDEX portfolio_word_of ON portfolio_word (word, organization_id);
