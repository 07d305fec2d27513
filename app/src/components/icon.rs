//! Signs of 16 by 16, drawn in the colour of their text and never read aloud: words stand beside them.

use leptos::prelude::*;

/// The signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The overview.
    Overview,
    /// Usage.
    Usage,
    /// Credits.
    Credits,
    /// Limits.
    Limits,
    /// Customers.
    Customers,
    /// The rate card.
    Rates,
    /// Plans.
    Plans,
    /// Adjustments that wait for a second person.
    Adjustments,
    /// The audit log.
    Audit,
    /// The menu.
    Menu,
    /// Done, well.
    Ok,
    /// Take care.
    Warn,
    /// Stopped, failed.
    Stop,
    /// For information.
    Info,
    /// More of something.
    Plus,
    /// A file to keep.
    Download,
    /// Ascending.
    Up,
    /// Descending.
    Down,
}

impl Sign {
    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "M2.5 9.5 8 3l5.5 6.5M4 8v5h8V8",
            Self::Usage => "M3 13V8M8 13V3M13 13V6",
            Self::Credits => {
                "M8 2.5c3 0 5 .9 5 2s-2 2-5 2-5-.9-5-2 2-2 5-2ZM3 4.500v7c0 1.1 2 2 5 2s5-.9 5-2v-7M3 8c0 1.1 2 2 5 2s5-.9 5-2"
            }
            Self::Limits => "M2.5 11.500a5.8 5.8 0 1 1 11 0M8 10.5 10.8 6.5",
            Self::Customers => {
                "M6 7.500a2.300 2.300 0 1 0 0-4.600 2.300 2.300 0 0 0 0 4.600ZM2 13c0-2.200 1.800-3.700 4-3.700s4 1.500 4 3.700M10.500 3.200a2.200 2.200 0 0 1 0 4.100M12 9.600c1.200.5 2 1.700 2 3.400"
            }
            Self::Rates => "M2.500 8.500V3h5.500L13.500 8.500 8.500 13.500ZM5.300 5.800v.1",
            Self::Plans => "M3 3.500h10v3H3ZM3 9.500h10v3H3ZM5.500 5v.1M5.500 11v.1",
            Self::Adjustments => "M4 2.500v6M4 11.500v2M12 2.500v2M12 7.500v6M2.300 10h3.400M10.300 6h3.400",
            Self::Audit => "M4 2.500h8v11H4ZM6.300 5.500h3.400M6.300 8h3.400M6.300 10.500h2",
            Self::Menu => "M2.5 4.500h11M2.5 8h11M2.5 11.500h11",
            Self::Ok => "M2 8a6 6 0 1 0 12 0A6 6 0 1 0 2 8M5.3 8.2 7.2 10.1 10.8 6.2",
            Self::Warn => "M8 2.5 14.2 13.300H1.800ZM8 6.500v3M8 11.400v.1",
            Self::Stop => "M2 8a6 6 0 1 0 12 0A6 6 0 1 0 2 8M8 5v3.500M8 10.900v.1",
            Self::Info => "M2 8a6 6 0 1 0 12 0A6 6 0 1 0 2 8M8 7.500v3.500M8 5v.1",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Download => "M8 2.500v7.500M4.8 7 8 10.2 11.2 7M3 13.300h10",
            Self::Up => "M8 12.500v-9M4.5 7 8 3.5 11.5 7",
            Self::Down => "M8 3.500v9M4.5 9 8 12.5 11.5 9",
        }
    }
}

/// Draws a sign.
#[component]
pub fn Icon(
    /// Which.
    sign: Sign,
) -> impl IntoView {
    view! {
        <svg
            width="16"
            height="16"
            viewBox="0 0 16 16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=sign.path()></path>
        </svg>
    }
}
