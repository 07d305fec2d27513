//! The organization's calendar with a memory: the last window of each kind, so that most runs cost no zone arithmetic.

use crate::limit::Window;
use crate::timestamp::Timestamp;
use crate::window::{LocalHour, WindowSpan, Zone, rolling_step_start};

/// Windows and hours of one zone, counted from one anchor.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    name: String,
    anchor: Timestamp,
    zone: Zone,
    spans: Vec<(Window, WindowSpan)>,
    hour: Option<LocalHour>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self::new("UTC", Timestamp::EPOCH)
    }
}

impl Calendar {
    /// The calendar of a zone. A name that is not in the zone data (an older binary beside a newer one) counts as UTC:
    /// limits must hold even then.
    pub(super) fn new(name: &str, anchor: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            anchor,
            zone: Zone::parse(name).unwrap_or_else(|_| Zone::utc()),
            spans: Vec::new(),
            hour: None,
        }
    }

    /// True where it is the calendar of that zone and anchor.
    pub(super) fn is_of(&self, name: &str, anchor: Timestamp) -> bool {
        self.anchor == anchor && self.name == name
    }

    /// The name by which it was asked for.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its zone.
    pub(super) fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The window of that kind that `at` lies in.
    pub(super) fn span(&mut self, window: Window, at: Timestamp) -> WindowSpan {
        let known = self.spans.iter_mut().find(|(kind, _)| *kind == window);
        match known {
            Some((_, span)) if !matches!(window, Window::RollingHours(_)) && span.contains(at) => *span,
            Some((_, span)) => {
                *span = self.zone.window(window, at, self.anchor);
                *span
            }
            None => {
                let span = self.zone.window(window, at, self.anchor);
                self.spans.push((window, span));
                span
            }
        }
    }

    /// The start that names the counter in which `at` counts: of the window, or of the step in a rolling one.
    pub(super) fn counter_start(&mut self, window: Window, at: Timestamp) -> Timestamp {
        match window {
            Window::RollingHours(hours) => rolling_step_start(hours, at),
            _ => self.span(window, at).start,
        }
    }

    /// The local hour and day of `at`.
    pub(super) fn local_hour(&mut self, at: Timestamp) -> LocalHour {
        match self.hour {
            Some(hour) if hour.hour.contains(at) => hour,
            _ => {
                let hour = self.zone.local_hour(at);
                self.hour = Some(hour);
                hour
            }
        }
    }
}
