-- Views for people: instants as UTC text, identifiers in hexadecimal, credits as decimals. The program never reads
-- them.

CREATE VIEW readable_organization AS
SELECT
    lower(hex(id)) AS id, key, name, status, time_zone, currency, owed / 1e6 AS owed,
    forgiven / 1e6 AS forgiven, version, posting_sequence,
    strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1e6, 'unixepoch') AS created_at
FROM organization;

CREATE VIEW readable_credit_grant AS
SELECT
    lower(hex(organization_id)) AS organization_id, lower(hex(id)) AS id, kind, state, amount / 1e6 AS amount,
    remaining / 1e6 AS remaining, held / 1e6 AS held, burned / 1e6 AS burned, expired / 1e6 AS expired,
    voided / 1e6 AS voided, priority,
    strftime('%Y-%m-%dT%H:%M:%fZ', effective_at / 1e6, 'unixepoch') AS effective_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', expires_at / 1e6, 'unixepoch') AS expires_at, paid_minor, paid_currency,
    scope, strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1e6, 'unixepoch') AS created_at, note
FROM credit_grant;

CREATE VIEW readable_hold AS
SELECT
    lower(hex(organization_id)) AS organization_id, lower(hex(id)) AS id, state, use_case, mode, platform,
    subject, credits / 1e6 AS credits, shares,
    strftime('%Y-%m-%dT%H:%M:%fZ', authorized_at / 1e6, 'unixepoch') AS authorized_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', expires_at / 1e6, 'unixepoch') AS expires_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended_at / 1e6, 'unixepoch') AS ended_at, captured / 1e6 AS captured,
    end_reason
FROM hold;

CREATE VIEW readable_usage_event AS
SELECT
    lower(hex(organization_id)) AS organization_id, batch, lower(hex(id)) AS id, event_key, use_case, mode,
    platform, subject, quantities,
    strftime('%Y-%m-%dT%H:%M:%fZ', occurred_at / 1e6, 'unixepoch') AS occurred_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at / 1e6, 'unixepoch') AS recorded_at, exact,
    credits / 1e6 AS credits, charges, owed / 1e6 AS owed, forgiven / 1e6 AS forgiven,
    lower(hex(hold_id)) AS hold_id
FROM usage_event;

CREATE VIEW readable_posting AS
SELECT
    lower(hex(organization_id)) AS organization_id, sequence, batch,
    strftime('%Y-%m-%dT%H:%M:%fZ', at / 1e6, 'unixepoch') AS at, lower(hex(grant_id)) AS grant_id,
    from_account, to_account, credits / 1e6 AS credits, events, lower(hex(hash)) AS hash
FROM posting;

CREATE VIEW readable_payment AS
SELECT
    lower(hex(organization_id)) AS organization_id, lower(hex(id)) AS id, state, minor, currency,
    credits / 1e6 AS credits, lower(hex(grant_id)) AS grant_id, provider, provider_reference,
    strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1e6, 'unixepoch') AS created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', settled_at / 1e6, 'unixepoch') AS settled_at
FROM payment;

CREATE VIEW readable_audit AS
SELECT
    lower(hex(id)) AS id, strftime('%Y-%m-%dT%H:%M:%fZ', at / 1e6, 'unixepoch') AS at, actor_kind, actor_name,
    lower(hex(organization_id)) AS organization_id, action, noun, before_json, after_json
FROM audit;
