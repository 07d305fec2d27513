-- Who changed what. Identifiers of UUIDv7 order the lines by time.

CREATE TABLE audit (
    id              BLOB NOT NULL PRIMARY KEY,
    at              INTEGER NOT NULL,
    actor_kind      TEXT   NOT NULL CHECK (actor_kind IN ('member', 'vendor', 'api_key', 'system')),
    actor_id        BLOB,
    actor_name      TEXT   NOT NULL,
    organization_id BLOB,
    action          TEXT   NOT NULL,
    noun            TEXT   NOT NULL,
    before_json     TEXT,
    after_json      TEXT
) STRICT;
CREATE INDEX audit_of ON audit (organization_id, id);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
