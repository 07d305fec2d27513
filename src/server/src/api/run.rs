//! The run as requests name it: use case, mode, platform, subject, and how much of each meter.

use drawdown_domain::Key;
use drawdown_service::metering::{Quantities as Metered, RunInput};

use super::fields::Fields;
use super::number::{Number, Quantities};

/// What a body says of a run, before it is checked.
pub(super) struct RunWire<'a> {
    /// The use case.
    pub use_case: &'a str,
    /// The mode, where given.
    pub mode: Option<&'a str>,
    /// The platform, where given.
    pub platform: Option<&'a str>,
    /// The subject, where given.
    pub subject: Option<&'a str>,
}

impl RunWire<'_> {
    /// Checks it; notes what is wrong under `place` (empty, or with a dot at its end).
    pub(super) fn check(&self, fields: &mut Fields, place: &str) -> Option<RunInput> {
        let use_case = fields.key(&format!("{place}use_case"), self.use_case);
        let mut optional = |name: &str, text: Option<&str>| -> Result<Option<Key>, ()> {
            let Some(text) = text else { return Ok(None) };
            fields.key(&format!("{place}{name}"), text).map(Some).ok_or(())
        };
        let mode = optional("mode", self.mode);
        let platform = optional("platform", self.platform);
        let subject = optional("subject", self.subject);
        Some(RunInput {
            use_case: use_case?,
            mode: mode.ok()?,
            platform: platform.ok()?,
            subject: subject.ok()?,
        })
    }
}

/// Reads `quantity` or `quantities`: exactly one of them, and something above zero.
pub(super) fn metered(
    fields: &mut Fields,
    place: &str,
    quantity: Option<&Number>,
    quantities: Option<&Quantities>,
) -> Option<Metered> {
    let metered = metered_or_none(fields, place, quantity, quantities)?;
    let Some(metered) = metered else {
        fields.refuse(
            format!("{place}quantities"),
            "missing_field",
            "quantities (or quantity) is needed",
        );
        return None;
    };
    let all_zero = match &metered {
        Metered::Single(quantity) => quantity.is_zero(),
        Metered::ByMeter(meters) => meters.values().all(|quantity| quantity.is_zero()),
    };
    if all_zero {
        let field = if quantity.is_some() { "quantity" } else { "quantities" };
        fields.refuse(format!("{place}{field}"), "zero", "something above zero is needed");
        return None;
    }
    Some(metered)
}

/// The same where neither may be given, and zero is an amount: a capture. The outer `None` is a problem that was noted.
#[expect(clippy::option_option, reason = "the outer tells a problem from nothing given")]
pub(super) fn metered_or_none(
    fields: &mut Fields,
    place: &str,
    quantity: Option<&Number>,
    quantities: Option<&Quantities>,
) -> Option<Option<Metered>> {
    match (quantity, quantities) {
        (Some(_), Some(_)) => {
            fields.refuse(
                format!("{place}quantity"),
                "ambiguous_quantity",
                "give quantity or quantities, not both",
            );
            None
        }
        (Some(quantity), None) => fields
            .quantity(&format!("{place}quantity"), quantity)
            .map(|quantity| Some(Metered::Single(quantity))),
        (None, Some(quantities)) => fields
            .quantities(&format!("{place}quantities"), quantities)
            .map(|meters| Some(Metered::ByMeter(meters))),
        (None, None) => Some(None),
    }
}
