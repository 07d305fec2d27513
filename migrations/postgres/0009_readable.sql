-- Views for people: instants as timestamptz, credits as decimals. The program never reads them.

CREATE SCHEMA readable;

CREATE VIEW readable.organization AS
SELECT
    id, key, name, status, time_zone, currency, owed / 1e6 AS owed, forgiven / 1e6 AS forgiven, version,
    posting_sequence, to_timestamp(created_at / 1e6) AS created_at
FROM organization;

CREATE VIEW readable.credit_grant AS
SELECT
    organization_id, id, kind, state, amount / 1e6 AS amount, remaining / 1e6 AS remaining,
    held / 1e6 AS held, burned / 1e6 AS burned, expired / 1e6 AS expired, voided / 1e6 AS voided, priority,
    to_timestamp(effective_at / 1e6) AS effective_at, to_timestamp(expires_at / 1e6) AS expires_at,
    paid_minor, paid_currency, scope, to_timestamp(created_at / 1e6) AS created_at, note
FROM credit_grant;

CREATE VIEW readable.hold AS
SELECT
    organization_id, id, state, use_case, mode, platform, subject, credits / 1e6 AS credits, shares,
    to_timestamp(authorized_at / 1e6) AS authorized_at, to_timestamp(expires_at / 1e6) AS expires_at,
    to_timestamp(ended_at / 1e6) AS ended_at, captured / 1e6 AS captured, end_reason
FROM hold;

CREATE VIEW readable.usage_event AS
SELECT
    organization_id, batch, id, event_key, use_case, mode, platform, subject, quantities,
    to_timestamp(occurred_at / 1e6) AS occurred_at, to_timestamp(recorded_at / 1e6) AS recorded_at, exact,
    credits / 1e6 AS credits, charges, owed / 1e6 AS owed, forgiven / 1e6 AS forgiven, hold_id
FROM usage_event;

CREATE VIEW readable.posting AS
SELECT
    organization_id, sequence, batch, to_timestamp(at / 1e6) AS at, grant_id, from_account, to_account,
    credits / 1e6 AS credits, events, encode(hash, 'hex') AS hash
FROM posting;

CREATE VIEW readable.payment AS
SELECT
    organization_id, id, state, minor, currency, credits / 1e6 AS credits, grant_id, provider,
    provider_reference, to_timestamp(created_at / 1e6) AS created_at,
    to_timestamp(settled_at / 1e6) AS settled_at
FROM payment;

CREATE VIEW readable.audit AS
SELECT
    id, to_timestamp(at / 1e6) AS at, actor_kind, actor_name, organization_id, action, noun, before_json,
    after_json
FROM audit;
