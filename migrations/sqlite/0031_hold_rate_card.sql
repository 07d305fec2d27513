-- The version of the rate card that priced a hold, which prices what it used. A version that is published at once begins an
-- instant before other processes learn of it: what was authorised meanwhile keeps its price. NULL: held before this migration,
-- and priced by the version in force at authorized_at.
ALTER TABLE hold ADD COLUMN rate_card_version_id BLOB;
