//! The columns that each noun's row is read from. They are named, not `*`: a column that a migration adds must not change
//! the result of a statement that an older process, still running, has prepared.

/// A statement that reads whole rows: `select!(hold, "WHERE id = $1")`.
macro_rules! select {
    (organization, $rest:literal) => {
        $crate::columns::select!(@ "organization", "id, key, name, status, time_zone, currency, period_anchor,
            plan_version_id, top_ups_rest, owed, forgiven, version, posting_sequence, posting_hash, created_at,
            settings_version", $rest)
    };
    (credit_grant, $rest:literal) => {
        $crate::columns::select!(@ "credit_grant", "organization_id, id, kind, state, amount, remaining, held, burned,
            expired, voided, priority, effective_at, expires_at, paid_minor, paid_currency, scope, created_at,
            note", $rest)
    };
    (hold, $rest:literal) => {
        $crate::columns::select!(@ "hold", "organization_id, id, state, use_case, mode, platform, subject, api_key_id,
            quantities, credits, shares, counters, authorized_at, expires_at, ended_at, captured, end_reason,
            requested_mode, rate_card_version_id", $rest)
    };
    (usage_event, $rest:literal) => {
        $crate::columns::select!(@ "usage_event", "batch, id, event_key, use_case, mode, platform, subject,
            api_key_id, quantities, occurred_at, recorded_at, rate_card_version_id, exact, credits, charges, owed,
            forgiven, hold_id", $rest)
    };
    (posting, $rest:literal) => {
        $crate::columns::select!(@ "posting", "organization_id, sequence, batch, at, grant_id, from_account, to_account,
            credits, events, events_digest, previous_hash, hash", $rest)
    };
    (cap, $rest:literal) => {
        $crate::columns::select!(@ "cap", "organization_id, id, name, owner, scope, window_kind, window_hours,
            limit_credits, limit_minor, limit_currency, action, thresholds", $rest)
    };
    (throttle, $rest:literal) => {
        $crate::columns::select!(@ "throttle", "organization_id, id, name, owner, scope, limit_requests, limit_credits,
            period, burst, when_exceeded", $rest)
    };
    (member, $rest:literal) => {
        $crate::columns::select!(@ "member", "organization_id, id, email, name, password_hash, role, disabled,
            created_at", $rest)
    };
    (staff, $rest:literal) => {
        $crate::columns::select!(@ "staff", "id, email, name, password_hash, roles, all_customers, disabled,
            created_at", $rest)
    };
    (api_key, $rest:literal) => {
        $crate::columns::select!(@ "api_key", "id, organization_id, name, scope, shown_prefix, created_at,
            revoked_at", $rest)
    };
    (payment, $rest:literal) => {
        $crate::columns::select!(@ "payment", "organization_id, id, state, minor, currency, credits, grant_id, provider,
            provider_reference, created_at, settled_at", $rest)
    };
    (adjustment_request, $rest:literal) => {
        $crate::columns::select!(@ "adjustment_request", "organization_id, id, once, kind, grant_id, credits, content,
            reason, state, asked_by, asked_by_key, asked_by_name, asked_at, decided_by, decided_by_name, decided_at, outcome", $rest)
    };
    (audit, $rest:literal) => {
        $crate::columns::select!(@ "audit", "id, at, actor_kind, actor_id, actor_name, organization_id, action, noun,
            before_json, after_json", $rest)
    };
    (@ $table:literal, $columns:literal, $rest:literal) => {
        concat!("SELECT ", $columns, " FROM ", $table, " ", $rest)
    };
}
pub(crate) use select;
