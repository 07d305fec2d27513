-- Who changed what. Identifiers of UUIDv7 order the lines by time.

CREATE TABLE audit (
    id              UUID   PRIMARY KEY,
    at              BIGINT NOT NULL,
    actor_kind      TEXT   NOT NULL CHECK (actor_kind IN ('member', 'vendor', 'api_key', 'system')),
    actor_id        UUID,
    actor_name      TEXT   NOT NULL,
    organization_id UUID,
    action          TEXT   NOT NULL,
    noun            TEXT   NOT NULL,
    before_json     TEXT,
    after_json      TEXT
);
CREATE INDEX audit_of ON audit (organization_id, id);
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
