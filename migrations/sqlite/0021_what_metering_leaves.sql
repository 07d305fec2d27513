-- Two columns by which a process that remembers an organization reads again only what another's metering has changed.
--
-- settings_version: raised by every batch that does more than meter (grants, limits, the organization itself by hand).
-- hold_due_at: no open hold ends before this instant; 0 where that is not known.

ALTER TABLE organization ADD COLUMN settings_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organization ADD COLUMN hold_due_at INTEGER NOT NULL DEFAULT 0;
