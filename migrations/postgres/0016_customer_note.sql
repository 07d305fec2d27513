-- What the vendor's staff write down about a customer. Notes are added, never changed.

CREATE TABLE customer_note (
    id              UUID   PRIMARY KEY,
    organization_id UUID   NOT NULL REFERENCES organization (id),
    staff_id        UUID   REFERENCES staff (id),
    author          TEXT   NOT NULL,
    text            TEXT   NOT NULL CHECK (text <> ''),
    created_at      BIGINT NOT NULL
);
CREATE INDEX customer_note_of ON customer_note (organization_id, id);
