//! Who is in the demo, and what happens when.

use drawdown_domain::grant::GrantKind;
use drawdown_domain::organization::Role;
use drawdown_domain::window::Zone;

use super::usage::{Habit, Pattern};

/// A person of the demo.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) email: &'static str,
    pub(super) name: &'static str,
    pub(super) role: Role,
}

/// A customer of the demo.
#[derive(Clone, Copy, Debug)]
pub(super) struct Customer {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) time_zone: &'static str,
    pub(super) plan: &'static str,
    /// Days from its first day to today.
    pub(super) days: u32,
    /// The most that its everyday usage costs, where that is limited.
    pub(super) credits_most: Option<i64>,
    /// What it begins with, beside its plan's allotment.
    pub(super) first: Option<First>,
    pub(super) people: &'static [Person],
    pub(super) pattern: Pattern,
}

impl Customer {
    pub(super) fn zone(&self) -> Zone {
        Zone::parse(self.time_zone).unwrap_or_else(|_| Zone::utc())
    }
}

/// A grant to begin with.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub(super) kind: GrantKind,
    pub(super) credits: i64,
    /// Days until it ends.
    pub(super) days: i64,
    /// What was paid for it, in whole dollars.
    pub(super) paid: Option<i64>,
    pub(super) note: &'static str,
}

/// A monthly tier: allotment, caps, seats, top-ups; east of UTC; a long name.
pub(super) const STUDIO: Customer = Customer {
    key: "hanami",
    name: "Hanami Publishing, Translation and Illustration Workshop (Kanda-Jimbocho)",
    time_zone: "Asia/Tokyo",
    plan: "studio",
    days: 108,
    credits_most: None,
    first: None,
    people: &[
        Person {
            email: "aiko@hanami.example",
            name: "Aiko Tanaka",
            role: Role::Owner,
        },
        Person {
            email: "billing@hanami.example",
            name: "Kenji Mori",
            role: Role::Billing,
        },
        Person {
            email: "viewer@hanami.example",
            name: "Yui Sato",
            role: Role::Viewer,
        },
    ],
    pattern: Pattern {
        customer: "hanami",
        weekday: 90,
        weekend: 34,
        growth: 45,
        subjects: &[
            "translator-ja-en",
            "aiko",
            "cover-artist",
            "proofreader",
            "kenji",
            "yui",
            "audiobook-agent",
            "rights-researcher-north-america",
        ],
        platforms: (58, 22),
        relaxed: 18,
        habits: &[
            Habit {
                use_case: "code",
                weight: 22,
                meters: &[("context_tokens", 400, 5_200), ("generated_tokens", 60, 900)],
            },
            Habit {
                use_case: "render",
                weight: 24,
                meters: &[("images", 1, 4)],
            },
            Habit {
                use_case: "voice",
                weight: 26,
                meters: &[("minutes", 2, 38)],
            },
            Habit {
                use_case: "research",
                weight: 6,
                meters: &[("runs", 1, 1)],
            },
            Habit {
                use_case: "search",
                weight: 22,
                meters: &[("searches", 1, 4)],
            },
        ],
    },
};

/// An annual commitment, 40 % through; numbers in the millions.
pub(super) const ENTERPRISE: Customer = Customer {
    key: "meridian",
    name: "Meridian Freight",
    time_zone: "America/New_York",
    plan: "enterprise",
    days: 146,
    credits_most: None,
    first: Some(First {
        kind: GrantKind::Commitment,
        credits: 6_000_000,
        days: 365,
        paid: Some(48_000),
        note: "Annual commitment",
    }),
    people: &[
        Person {
            email: "owner@meridian.example",
            name: "Dana Whitfield",
            role: Role::Owner,
        },
        Person {
            email: "billing@meridian.example",
            name: "Luis Ortega",
            role: Role::Billing,
        },
        Person {
            email: "viewer@meridian.example",
            name: "Priya Natarajan",
            role: Role::Viewer,
        },
    ],
    pattern: Pattern {
        customer: "meridian",
        weekday: 112,
        weekend: 16,
        growth: 35,
        subjects: &[
            "customs-classifier",
            "quote-desk",
            "claims",
            "route-planner",
            "dispatch-east",
            "dispatch-west",
            "invoice-audit",
            "platform-team",
            "carrier-onboarding",
            "finance",
            "legal",
            "warehouse-17",
        ],
        platforms: (24, 6),
        relaxed: 30,
        habits: &[
            Habit {
                use_case: "code",
                weight: 46,
                meters: &[("context_tokens", 20_000, 190_000), ("generated_tokens", 2_000, 22_000)],
            },
            Habit {
                use_case: "research",
                weight: 22,
                meters: &[("runs", 4, 28)],
            },
            Habit {
                use_case: "search",
                weight: 20,
                meters: &[("searches", 20, 160)],
            },
            Habit {
                use_case: "voice",
                weight: 12,
                meters: &[("minutes", 60, 900)],
            },
        ],
    },
};

/// A trial with few credits left.
pub(super) const TRIAL: Customer = Customer {
    key: "lumen",
    name: "Lumen Field Notes",
    time_zone: "Europe/Berlin",
    plan: "trial",
    days: 9,
    credits_most: Some(235),
    first: Some(TRIAL_CREDITS),
    people: &[Person {
        email: "owner@lumen.example",
        name: "Jonas Albrecht",
        role: Role::Owner,
    }],
    pattern: Pattern {
        customer: "lumen",
        weekday: 9,
        weekend: 6,
        growth: 30,
        subjects: &["jonas", "field-recorder"],
        platforms: (35, 60),
        relaxed: 10,
        habits: &[
            Habit {
                use_case: "voice",
                weight: 60,
                meters: &[("minutes", 1, 12)],
            },
            Habit {
                use_case: "code",
                weight: 25,
                meters: &[("context_tokens", 200, 2_400), ("generated_tokens", 30, 400)],
            },
            Habit {
                use_case: "search",
                weight: 15,
                meters: &[("searches", 1, 2)],
            },
        ],
    },
};

/// What a trial begins with.
const TRIAL_CREDITS: First = First {
    kind: GrantKind::Trial,
    credits: 400,
    days: 14,
    paid: None,
    note: "Trial credits",
};

/// One of the many smaller ones: six images a day, and a quarter's commitment of which two thirds are over.
const fn smaller(key: &'static str, name: &'static str, time_zone: &'static str, credits: i64) -> Customer {
    Customer {
        key,
        name,
        time_zone,
        plan: "enterprise",
        days: 60,
        credits_most: None,
        first: Some(First {
            kind: GrantKind::Commitment,
            credits,
            days: 90,
            paid: Some(credits / 100),
            note: "Commitment for a quarter",
        }),
        people: &[],
        pattern: Pattern {
            customer: key,
            weekday: 6,
            weekend: 6,
            growth: 0,
            subjects: &["studio"],
            platforms: (100, 0),
            relaxed: 0,
            habits: &[Habit {
                use_case: "render",
                weight: 1,
                meters: &[("images", 1, 1)],
            }],
        },
    }
}

/// Burns too fast.
const AHEAD: Customer = smaller("corvus", "Corvus Legal", "Europe/London", 1_720);
/// Burns as planned.
const EVEN: Customer = smaller("saltmarsh", "Saltmarsh Games", "America/Sao_Paulo", 2_160);
/// Hardly uses what it has.
const IDLE: Customer = smaller("tundra", "Tundra Diagnostics", "Europe/Helsinki", 7_440);
/// Burns too slowly.
const BEHIND: Customer = smaller("quillhouse", "Quillhouse Press", "Europe/Madrid", 2_880);
/// Under a contract that is released by quarter and was amended; the parent of its laboratory.
pub(super) const RAMPED: Customer = Customer {
    days: 139,
    first: None,
    pattern: Pattern {
        customer: "atlas",
        weekday: 14,
        weekend: 4,
        growth: 30,
        subjects: &["picking", "returns", "night-shift"],
        platforms: (70, 0),
        relaxed: 10,
        habits: &[Habit {
            use_case: "code",
            weight: 1,
            meters: &[
                ("context_tokens", 180_000, 900_000),
                ("generated_tokens", 20_000, 90_000),
            ],
        }],
    },
    ..smaller("atlas", "Atlas Robotics", "America/Los_Angeles", 1)
};
/// It lives on what its parent gives it.
pub(super) const LABORATORY: Customer = Customer {
    days: 30,
    first: Some(First {
        kind: GrantKind::Promotional,
        credits: 3_000,
        days: 120,
        paid: None,
        note: "To begin with",
    }),
    pattern: Pattern {
        customer: "atlas-lab",
        weekday: 60,
        weekend: 60,
        ..AHEAD.pattern
    },
    ..smaller("atlas-lab", "Atlas Robotics Laboratory", "America/Los_Angeles", 1)
};
/// Under a contract of four months that renews soon.
pub(super) const QUARTERLY: Customer = Customer {
    days: 115,
    first: None,
    pattern: Pattern {
        customer: "harbour",
        weekday: 9,
        weekend: 5,
        growth: 10,
        subjects: &["analyst", "tides"],
        platforms: (80, 0),
        relaxed: 0,
        habits: &[Habit {
            use_case: "code",
            weight: 1,
            meters: &[("context_tokens", 60_000, 300_000), ("generated_tokens", 8_000, 40_000)],
        }],
    },
    ..smaller("harbour", "Harbour Analytics", "Asia/Singapore", 1)
};
/// Has not paid its invoice.
pub(super) const SUSPENDED: Customer = smaller("oakline", "Oakline Tutors", "America/Chicago", 2_400);
/// A trial whose credits are used up.
const EXHAUSTED: Customer = Customer {
    plan: "trial",
    days: 8,
    credits_most: Some(100),
    first: Some(First {
        credits: 100,
        ..TRIAL_CREDITS
    }),
    ..smaller("pixelmill", "Pixel Mill", "Australia/Sydney", 0)
};

/// All of them, the best to begin with first. The first three are told in detail; of the others the vendor's staff see how
/// they do.
pub(super) static CUSTOMERS: [Customer; 12] = [
    STUDIO, ENTERPRISE, TRIAL, AHEAD, EVEN, BEHIND, IDLE, RAMPED, LABORATORY, QUARTERLY, SUSPENDED, EXHAUSTED,
];
