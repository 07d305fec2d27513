-- The vendor's own people: account managers, catalogue editors, finance, administrators. `roles` is a JSON array.

CREATE TABLE staff (
    id            UUID    PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE CHECK (email = lower(email)),
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    roles         TEXT    NOT NULL CHECK (roles <> '[]'),
    all_customers BOOLEAN NOT NULL,
    disabled      BOOLEAN NOT NULL DEFAULT FALSE,
    created_at    BIGINT  NOT NULL
);

CREATE TABLE staff_session (
    id           UUID   PRIMARY KEY,
    staff_id     UUID   NOT NULL REFERENCES staff (id),
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX staff_session_of ON staff_session (staff_id);
CREATE INDEX staff_session_seen ON staff_session (last_seen_at);

-- Who looks after a customer.
ALTER TABLE organization ADD COLUMN account_manager_id UUID REFERENCES staff (id);
CREATE INDEX organization_account_manager ON organization (account_manager_id) WHERE account_manager_id IS NOT NULL;

-- One address signs in one person, be it a member or one of the staff. Kept by triggers, so that whoever writes keeps it.
CREATE TABLE sign_in_email (
    email TEXT PRIMARY KEY
);
INSERT INTO sign_in_email (email) SELECT email FROM member;
CREATE FUNCTION keep_sign_in_email() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO sign_in_email (email) VALUES (NEW.email);
    ELSE
        UPDATE sign_in_email SET email = NEW.email WHERE email = OLD.email;
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER member_email AFTER INSERT OR UPDATE OF email ON member
    FOR EACH ROW EXECUTE FUNCTION keep_sign_in_email();
CREATE TRIGGER staff_email AFTER INSERT OR UPDATE OF email ON staff
    FOR EACH ROW EXECUTE FUNCTION keep_sign_in_email();
