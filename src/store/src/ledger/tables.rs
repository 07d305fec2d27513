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
        key: 1,
        only: "AND organization.version = n.version - 1",
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
    verb: Verb::Update { key: 1, only: "" },
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
    verb: Verb::InsertOr(
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
    verb: Verb::Update { key: 2, only: "" },
    whole: true,
};

const HOLD_COLUMNS: [(&str, Kind); 19] = [
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
    ("rate_card_version_id", Uuid),
];

/// A hold that is there already is an error.
pub(super) static NEW_HOLD: Target<19> = Target {
    table: "hold",
    columns: HOLD_COLUMNS,
    verb: Verb::Insert,
    whole: false,
};

/// A hold changes only while it is open: it ends once.
pub(super) static HOLD: Target<19> = Target {
    table: "hold",
    columns: HOLD_COLUMNS,
    verb: Verb::InsertOr(
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
    verb: Verb::Replace { key: 4 },
    whole: false,
};

/// A counter that is there.
pub(super) static KNOWN_COUNTER: Target<7> = Target {
    table: "cap_counter",
    columns: COUNTER.columns,
    verb: Verb::Update { key: 4, only: "" },
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
    verb: Verb::Replace { key: 3 },
    whole: false,
};

/// A throttle's state that is there.
pub(super) static KNOWN_THROTTLE_STATE: Target<4> = Target {
    table: "throttle_state",
    columns: THROTTLE_STATE.columns,
    verb: Verb::Update { key: 3, only: "" },
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
    verb: Verb::Insert,
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
    verb: Verb::Insert,
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
    verb: Verb::Replace { key: 2 },
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
    verb: Verb::Replace { key: 2 },
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
    verb: Verb::Insert,
    whole: false,
};

/// The seven sums of a roll-up are added to what is there.
macro_rules! rollup {
    ($name:ident, $table:literal, $time:literal, $($dimension:literal),+) => {
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
            verb: Verb::Add { key: 2 + [$($dimension),+].len() },
            whole: false,
        };
    };
}

rollup!(ROLLUP_HOUR, "rollup_hour", "hour", "use_case", "mode", "platform");
rollup!(ROLLUP_DAY, "rollup_day", "day", "use_case", "mode", "platform");
rollup!(ROLLUP_SUBJECT_DAY, "rollup_subject_day", "day", "subject", "use_case");
