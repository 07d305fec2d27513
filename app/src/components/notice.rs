//! Notices: what happened, or is about to, with a sign, a sentence and perhaps a button.

use leptos::prelude::*;

use crate::components::icon::{Icon, Sign};
use crate::visit::Place;

/// What a notice, badge or bar means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// The page's own colour.
    Accent,
    /// Done, well.
    Ok,
    /// Take care.
    Warn,
    /// Stopped, failed.
    Danger,
}

impl Tone {
    /// The class of the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Accent => "accent",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Danger => "danger",
        }
    }

    const fn sign(self) -> Sign {
        match self {
            Self::Plain | Self::Accent => Sign::Info,
            Self::Ok => Sign::Ok,
            Self::Warn => Sign::Warn,
            Self::Danger => Sign::Stop,
        }
    }
}

/// A notice.
#[component]
pub fn Notice(
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// A button or link at its end.
    #[prop(optional, into)]
    action: Option<ViewFn>,
    /// Its sentence.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=format!("notice {}", tone.class()) role="status">
            <div class="notice-words"><Icon sign=tone.sign()/><p>{children()}</p></div>
            {action.map(|action| view! { <div class="buttons">{action.run()}</div> })}
        </div>
    }
}

/// What the last form did, where it said something.
#[component]
pub fn FlashNotice() -> impl IntoView {
    let notice = Place::current().flash.notice.clone();
    notice.map(|text| view! { <Notice tone=Tone::Ok>{text}</Notice> })
}
