-- What is sold and how this installation presents itself. Versions are written once and never edited.

CREATE TABLE installation (
    singleton   BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (singleton),
    vendor_name TEXT    NOT NULL,
    demo        BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL
);

CREATE TABLE rate_card_version (
    id           UUID   PRIMARY KEY,
    number       BIGINT NOT NULL UNIQUE CHECK (number >= 1),
    effective_at BIGINT NOT NULL,
    rates        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);

CREATE TABLE plan (
    key        TEXT   PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE plan_version (
    id         UUID   PRIMARY KEY,
    plan       TEXT   NOT NULL REFERENCES plan (key),
    number     BIGINT NOT NULL CHECK (number >= 1),
    terms      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (plan, number)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER rate_card_version_append_only BEFORE UPDATE OR DELETE ON rate_card_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_version_append_only BEFORE UPDATE OR DELETE ON plan_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
