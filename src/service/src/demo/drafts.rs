//! What the demo's catalogue editor is writing: a new version of the rate card and one of a plan, neither published.

use drawdown_domain::Credits;
use drawdown_domain::catalogue::{Exception, OwnRate, Rate, Tier};
use rust_decimal::Decimal;

use super::usage::key;
use crate::actor::Actor;
use crate::error::ServiceError;
use crate::plans::PlanEdit;
use crate::rate_card::{Lever, RatesEdit};
use crate::service::Service;

/// The plan of which there is a draft.
const PLAN: &str = "studio";

/// Cheaper renders in number, a dearer research agent, a floor under transcriptions, a price of its own for searches.
fn rate_edits() -> [RatesEdit; 5] {
    let meter = |use_case: &str, meter: &str, rate: Rate| RatesEdit::PutMeter {
        use_case: key(use_case),
        key: key(meter),
        rate,
        is_new: false,
    };
    let flat = |credits: Decimal, unit: &str, tiers: Vec<Tier>| Rate {
        tiers,
        unit: Some(unit.to_owned()),
        ..Rate::flat(credits, Decimal::ONE)
    };
    let tier = |above: i64, tenths: i64| Tier {
        above: above.into(),
        credits: Decimal::new(tenths, 1),
    };
    let own = OwnRate {
        credits: Decimal::new(5, 1),
        tiers: Vec::new(),
    };
    [
        meter(
            "render",
            "images",
            flat(4.into(), "image", vec![tier(4, 35), tier(20, 30)]),
        ),
        meter("research", "runs", flat(28.into(), "agent run", Vec::new())),
        RatesEdit::PutUseCase {
            key: key("voice"),
            name: "Voice transcription".to_owned(),
            ladder: vec![key("fast"), key("relaxed")],
            minimum: Some(Decimal::new(2, 1)),
            is_new: false,
        },
        RatesEdit::PutException {
            use_case: key("search"),
            exception: Exception {
                mode: key("relaxed"),
                platform: key("api"),
                meters: [(key("searches"), own)].into(),
            },
            is_new: true,
        },
        RatesEdit::PutLever {
            lever: Lever::Platform,
            key: key("ios"),
            multiplier: Decimal::new(125, 2),
            is_new: false,
        },
    ]
}

/// Writes both drafts.
pub(super) async fn write(service: &Service, editor: &Actor) -> Result<(), ServiceError> {
    service.start_rates_draft(editor).await?;
    for edit in rate_edits() {
        service.edit_rates(editor, None, edit).await?;
    }
    let plan = key(PLAN);
    let Some(current) = service.store().current_plan(&plan).await? else {
        return Ok(());
    };
    service.start_plan_draft(editor, &plan).await?;
    if let Some((name, allotment)) = current.terms.allotments.iter().next() {
        let mut allotment = allotment.clone();
        let more = Credits::from_micros(allotment.credits.micros() / 10);
        allotment.credits = allotment.credits.checked_add(more).unwrap_or(allotment.credits);
        let edit = PlanEdit::PutAllotment {
            name: name.clone(),
            allotment,
            is_new: false,
        };
        service.edit_plan(editor, &plan, None, edit).await?;
    }
    Ok(())
}
