-- The number of the last batch of each of the ledger's writers: by it a writer learns what became of a batch whose answer
-- was lost. A writer takes its row away when it stops.

CREATE TABLE ledger_writer (
    id    UUID   PRIMARY KEY,
    batch BIGINT NOT NULL CHECK (batch >= 0)
) WITH (fillfactor = 10);
