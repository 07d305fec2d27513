-- True (1) where the organization has left a plan whose top-ups burn only under a plan, and is on none: what it bought rests.
ALTER TABLE organization ADD COLUMN top_ups_rest BIGINT NOT NULL DEFAULT 0 CHECK (top_ups_rest IN (0, 1));
