//! The shape of every bulk statement of the writer, for both engines.

use crate::bulk::{Kind, Target, Verb};

use Kind::{Bytes, Int, Text, Uuid};

/// What every batch changes of an organization. Its version rises by one: a row of another version than the one that was
/// decided on is not there.
pub(super) static ORGANIZATION: Target<8> = Target {
    table: "organization",
    columns: [
        ("id", Uuid),
        ("version", Int),
        ("settings_version", Int),
        ("owed", Int),
        ("forgiven", Int),
        ("posting_sequence", Int),
        ("posting_hash", Bytes),
        ("hold_due_at", Int),
    ],
    verb: Verb::Update {
        set: "version = n.version, settings_version = n.settings_version, owed = n.owed, forgiven = n.forgiven,
            posting_sequence = n.posting_sequence, posting_hash = n.posting_hash, hold_due_at = n.hold_due_at",
        row: "organization.id = n.id AND organization.version = n.version - 1",
    },
    whole: true,
};

/// What is changed of an organization by hand.
pub(super) static PROFILE: Target<7> = Target {
    table: "organization",
    columns: [
        ("id", Uuid),
        ("name", Text),
        ("status", Text),
        ("time_zone", Text),
        ("period_anchor", Int),
        ("plan_version_id", Uuid),
        ("top_ups_rest", Int),
    ],
    verb: Verb::Update {
        set: "name = n.name, status = n.status, time_zone = n.time_zone, period_anchor = n.period_anchor,
            plan_version_id = n.plan_version_id, top_ups_rest = n.top_ups_rest",
        row: "organization.id = n.id",
    },
    whole: true,
};

pub(super) static GRANT: Target<18> = Target {
    table: "credit_grant",
    columns: [
        ("organization_id", Uuid),
        ("id", Uuid),
        ("kind", Text),
        ("state", Text),
        ("amount", Int),
        ("remaining", Int),
        ("held", Int),
        ("burned", Int),
        ("expired", Int),
        ("voided", Int),
        ("priority", Int),
        ("effective_at", Int),
        ("expires_at", Int),
        ("paid_minor", Int),
        ("paid_currency", Text),
        ("scope", Text),
        ("created_at", Int),
        ("note", Text),
    ],
    verb: Verb::Insert(
        "ON CONFLICT (organization_id, id) DO UPDATE SET state = excluded.state, remaining = excluded.remaining,
        held = excluded.held, burned = excluded.burned, expired = excluded.expired, voided = excluded.voided",
    ),
    whole: false,
};

/// A grant that is there. Of grants only these columns change.
pub(super) static KNOWN_GRANT: Target<8> = Target {
    table: "credit_grant",
    columns: [
        ("organization_id", Uuid),
        ("id", Uuid),
        ("state", Text),
        ("remaining", Int),
        ("held", Int),
        ("burned", Int),
        ("expired", Int),
        ("voided", Int),
    ],
    verb: Verb::Update {
        set: "state = n.state, remaining = n.remaining, held = n.held, burned = n.burned, expired = n.expired,
            voided = n.voided",
        row: "credit_grant.organization_id = n.organization_id AND credit_grant.id = n.id",
    },
    whole: true,
};

const HOLD_COLUMNS: [(&str, Kind); 18] = [
    ("organization_id", Uuid),
    ("id", Uuid),
    ("state", Text),
    ("use_case", Text),
    ("mode", Text),
    ("platform", Text),
    ("subject", Text),
    ("api_key_id", Uuid),
    ("quantities", Text),
    ("credits", Int),
    ("shares", Text),
    ("counters", Text),
    ("authorized_at", Int),
    ("expires_at", Int),
    ("ended_at", Int),
    ("captured", Int),
    ("end_reason", Text),
    ("requested_mode", Text),
];

/// A hold that is there already is an error.
pub(super) static NEW_HOLD: Target<18> = Target {
    table: "hold",
    columns: HOLD_COLUMNS,
    verb: Verb::Insert(""),
    whole: false,
};

/// A hold changes only while it is open: it ends once.
pub(super) static HOLD: Target<18> = Target {
    table: "hold",
    columns: HOLD_COLUMNS,
    verb: Verb::Insert(
        "ON CONFLICT (organization_id, id) DO UPDATE SET state = excluded.state, counters = excluded.counters,
        expires_at = excluded.expires_at, ended_at = excluded.ended_at, captured = excluded.captured,
        end_reason = excluded.end_reason
        WHERE hold.state = 'open'",
    ),
    whole: true,
};

pub(super) static COUNTER: Target<7> = Target {
    table: "cap_counter",
    columns: [
        ("organization_id", Uuid),
        ("cap_id", Uuid),
        ("each_value", Text),
        ("window_start", Int),
        ("used", Int),
        ("held", Int),
        ("hit_at", Int),
    ],
    verb: Verb::Insert(
        "ON CONFLICT (organization_id, cap_id, window_start, each_value) DO UPDATE SET used = excluded.used,
        held = excluded.held, hit_at = excluded.hit_at",
    ),
    whole: false,
};

/// A counter that is there.
pub(super) static KNOWN_COUNTER: Target<7> = Target {
    table: "cap_counter",
    columns: COUNTER.columns,
    verb: Verb::Update {
        set: "used = n.used, held = n.held, hit_at = n.hit_at",
        row: "cap_counter.organization_id = n.organization_id AND cap_counter.cap_id = n.cap_id
            AND cap_counter.window_start = n.window_start AND cap_counter.each_value = n.each_value",
    },
    whole: true,
};

pub(super) static THROTTLE_STATE: Target<4> = Target {
    table: "throttle_state",
    columns: [
        ("organization_id", Uuid),
        ("throttle_id", Uuid),
        ("each_value", Text),
        ("arrival_ns", Int),
    ],
    verb: Verb::Insert(
        "ON CONFLICT (organization_id, throttle_id, each_value) DO UPDATE SET arrival_ns = excluded.arrival_ns",
    ),
    whole: false,
};

/// A throttle's state that is there.
pub(super) static KNOWN_THROTTLE_STATE: Target<4> = Target {
    table: "throttle_state",
    columns: THROTTLE_STATE.columns,
    verb: Verb::Update {
        set: "arrival_ns = n.arrival_ns",
        row: "throttle_state.organization_id = n.organization_id AND throttle_state.throttle_id = n.throttle_id
            AND throttle_state.each_value = n.each_value",
    },
    whole: true,
};

pub(super) static EVENT: Target<19> = Target {
    table: "usage_event",
    columns: [
        ("organization_id", Uuid),
        ("batch", Int),
        ("id", Uuid),
        ("event_key", Text),
        ("use_case", Text),
        ("mode", Text),
        ("platform", Text),
        ("subject", Text),
        ("api_key_id", Uuid),
        ("quantities", Text),
        ("occurred_at", Int),
        ("recorded_at", Int),
        ("rate_card_version_id", Uuid),
        ("exact", Text),
        ("credits", Int),
        ("charges", Text),
        ("owed", Int),
        ("forgiven", Int),
        ("hold_id", Uuid),
    ],
    verb: Verb::Insert(""),
    whole: false,
};

pub(super) static POSTING: Target<12> = Target {
    table: "posting",
    columns: [
        ("organization_id", Uuid),
        ("sequence", Int),
        ("batch", Int),
        ("at", Int),
        ("grant_id", Uuid),
        ("from_account", Text),
        ("to_account", Text),
        ("credits", Int),
        ("events", Int),
        ("events_digest", Bytes),
        ("previous_hash", Bytes),
        ("hash", Bytes),
    ],
    verb: Verb::Insert(""),
    whole: false,
};

pub(super) static CAP: Target<12> = Target {
    table: "cap",
    columns: [
        ("organization_id", Uuid),
        ("id", Uuid),
        ("name", Text),
        ("owner", Text),
        ("scope", Text),
        ("window_kind", Text),
        ("window_hours", Int),
        ("limit_credits", Int),
        ("limit_minor", Int),
        ("limit_currency", Text),
        ("action", Text),
        ("thresholds", Text),
    ],
    verb: Verb::Insert(
        "ON CONFLICT (organization_id, id) DO UPDATE SET name = excluded.name, owner = excluded.owner,
        scope = excluded.scope, window_kind = excluded.window_kind, window_hours = excluded.window_hours,
        limit_credits = excluded.limit_credits, limit_minor = excluded.limit_minor,
        limit_currency = excluded.limit_currency, action = excluded.action, thresholds = excluded.thresholds",
    ),
    whole: false,
};

pub(super) static THROTTLE: Target<10> = Target {
    table: "throttle",
    columns: [
        ("organization_id", Uuid),
        ("id", Uuid),
        ("name", Text),
        ("owner", Text),
        ("scope", Text),
        ("limit_requests", Int),
        ("limit_credits", Int),
        ("period", Text),
        ("burst", Int),
        ("when_exceeded", Text),
    ],
    verb: Verb::Insert(
        "ON CONFLICT (organization_id, id) DO UPDATE SET name = excluded.name, owner = excluded.owner,
        scope = excluded.scope, limit_requests = excluded.limit_requests, limit_credits = excluded.limit_credits,
        period = excluded.period, burst = excluded.burst, when_exceeded = excluded.when_exceeded",
    ),
    whole: false,
};

pub(super) static IDEMPOTENCY: Target<5> = Target {
    table: "idempotency",
    columns: [
        ("organization_id", Uuid),
        ("key_hash", Bytes),
        ("request_hash", Bytes),
        ("outcome", Text),
        ("created_at", Int),
    ],
    verb: Verb::Insert(""),
    whole: false,
};

/// The seven sums of a roll-up are added to what is there.
macro_rules! add_sums {
    ($table:literal, $key:literal) => {
        concat!(
            "ON CONFLICT (organization_id, ",
            $key,
            ") DO UPDATE SET ",
            "credits = ",
            $table,
            ".credits + excluded.credits, events = ",
            $table,
            ".events + excluded.events, ",
            "authorized = ",
            $table,
            ".authorized + excluded.authorized, ",
            "degraded = ",
            $table,
            ".degraded + excluded.degraded, ",
            "throttled = ",
            $table,
            ".throttled + excluded.throttled, ",
            "capped = ",
            $table,
            ".capped + excluded.capped, refused = ",
            $table,
            ".refused + excluded.refused"
        )
    };
}

macro_rules! rollup {
    ($name:ident, $table:literal, $time:literal, $key:literal, $($dimension:literal),+) => {
        pub(super) static $name: Target<{ 9 + [$($dimension),+].len() }> = Target {
            table: $table,
            columns: [
                ("organization_id", Uuid),
                ($time, Int),
                $(($dimension, Text)),+,
                ("credits", Int),
                ("events", Int),
                ("authorized", Int),
                ("degraded", Int),
                ("throttled", Int),
                ("capped", Int),
                ("refused", Int),
            ],
            verb: Verb::Insert(add_sums!($table, $key)),
            whole: false,
        };
    };
}

rollup!(
    ROLLUP_HOUR,
    "rollup_hour",
    "hour",
    "hour, use_case, mode, platform",
    "use_case",
    "mode",
    "platform"
);
rollup!(
    ROLLUP_DAY,
    "rollup_day",
    "day",
    "day, use_case, mode, platform",
    "use_case",
    "mode",
    "platform"
);
rollup!(
    ROLLUP_SUBJECT_DAY,
    "rollup_subject_day",
    "day",
    "day, subject, use_case",
    "subject",
    "use_case"
);
