-- The vendor's own people: account managers, catalogue editors, finance, administrators. `roles` is a JSON array.

CREATE TABLE staff (
    id            BLOB    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE CHECK (email = lower(email)),
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    roles         TEXT    NOT NULL CHECK (roles <> '[]'),
    all_customers INTEGER NOT NULL CHECK (all_customers IN (0, 1)),
    disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE staff_session (
    id           BLOB    NOT NULL PRIMARY KEY,
    staff_id     BLOB    NOT NULL REFERENCES staff (id),
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX staff_session_of ON staff_session (staff_id);
CREATE INDEX staff_session_seen ON staff_session (last_seen_at);

-- Who looks after a customer.
ALTER TABLE organization ADD COLUMN account_manager_id BLOB REFERENCES staff (id);
CREATE INDEX organization_account_manager ON organization (account_manager_id) WHERE account_manager_id IS NOT NULL;

-- One address signs in one person, be it a member or one of the staff. Kept by triggers, so that whoever writes keeps it.
CREATE TABLE sign_in_email (
    email TEXT NOT NULL PRIMARY KEY
) STRICT;
INSERT INTO sign_in_email (email) SELECT email FROM member;
CREATE TRIGGER member_email_taken AFTER INSERT ON member
BEGIN INSERT INTO sign_in_email (email) VALUES (NEW.email); END;
CREATE TRIGGER member_email_changed AFTER UPDATE OF email ON member
BEGIN UPDATE sign_in_email SET email = NEW.email WHERE email = OLD.email; END;
CREATE TRIGGER staff_email_taken AFTER INSERT ON staff
BEGIN INSERT INTO sign_in_email (email) VALUES (NEW.email); END;
CREATE TRIGGER staff_email_changed AFTER UPDATE OF email ON staff
BEGIN UPDATE sign_in_email SET email = NEW.email WHERE email = OLD.email; END;
