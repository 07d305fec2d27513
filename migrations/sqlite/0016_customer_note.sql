-- What the vendor's staff write down about a customer. Notes are added, never changed.

CREATE TABLE customer_note (
    id              BLOB    NOT NULL PRIMARY KEY,
    organization_id BLOB    NOT NULL REFERENCES organization (id),
    staff_id        BLOB    REFERENCES staff (id),
    author          TEXT    NOT NULL,
    text            TEXT    NOT NULL CHECK (text <> ''),
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX customer_note_of ON customer_note (organization_id, id);
