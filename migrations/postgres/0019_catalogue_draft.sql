-- What is being written and prices nobody yet. A draft becomes a version when it is published; versions are never edited.

CREATE TABLE catalogue_draft (
    noun       TEXT   NOT NULL CHECK (noun IN ('rate_card', 'plan')),
    key        TEXT   NOT NULL, -- the plan's; empty for the rate card
    revision   BIGINT NOT NULL CHECK (revision >= 1),
    based_on   BIGINT NOT NULL CHECK (based_on >= 0),
    content    TEXT   NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT   NOT NULL,
    PRIMARY KEY (noun, key)
);

-- A version that takes a scheduled one back before it prices anything: it says what was in force before, from the same
-- instant on.
ALTER TABLE rate_card_version ADD COLUMN withdraws BIGINT CHECK (withdraws < number);
