-- The number of the last batch of each of the ledger's writers: for PostgreSQL, where a batch can be one statement whose
-- answer is lost. On SQLite it stays empty.

CREATE TABLE ledger_writer (
    id    BLOB    NOT NULL PRIMARY KEY,
    batch INTEGER NOT NULL CHECK (batch >= 0)
) STRICT;
