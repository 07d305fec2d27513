-- What is sold and how this installation presents itself. Versions are written once and never edited.

CREATE TABLE installation (
    singleton   INTEGER NOT NULL PRIMARY KEY DEFAULT 1 CHECK (singleton = 1),
    vendor_name TEXT    NOT NULL,
    demo        INTEGER NOT NULL CHECK (demo IN (0, 1)),
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE rate_card_version (
    id           BLOB    NOT NULL PRIMARY KEY,
    number       INTEGER NOT NULL UNIQUE CHECK (number >= 1),
    effective_at INTEGER NOT NULL,
    rates        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE plan (
    key        TEXT    NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE plan_version (
    id         BLOB    NOT NULL PRIMARY KEY,
    plan       TEXT    NOT NULL REFERENCES plan (key),
    number     INTEGER NOT NULL CHECK (number >= 1),
    terms      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (plan, number)
) STRICT;

CREATE TRIGGER rate_card_version_no_update BEFORE UPDATE ON rate_card_version
BEGIN SELECT RAISE(ABORT, 'rate_card_version is append-only'); END;
CREATE TRIGGER rate_card_version_no_delete BEFORE DELETE ON rate_card_version
BEGIN SELECT RAISE(ABORT, 'rate_card_version is append-only'); END;
CREATE TRIGGER plan_version_no_update BEFORE UPDATE ON plan_version
BEGIN SELECT RAISE(ABORT, 'plan_version is append-only'); END;
CREATE TRIGGER plan_version_no_delete BEFORE DELETE ON plan_version
BEGIN SELECT RAISE(ABORT, 'plan_version is append-only'); END;
