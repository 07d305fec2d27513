-- The audit log by who and by what: each index ends in the identifier, which orders the log by time.
CREATE INDEX audit_by_actor ON audit (actor_name, id);
CREATE INDEX audit_by_what ON audit (action, noun, id);
CREATE INDEX audit_of_by_actor ON audit (organization_id, actor_name, id);
CREATE INDEX audit_of_by_what ON audit (organization_id, action, noun, id);
