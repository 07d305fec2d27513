//! The rate card's drafts: written by small changes, published from an instant on, taken back before it, all in the audit
//! log with before and after; and what a run costs in between.

use drawdown_domain::catalogue::{Factor, Tier};
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Credits, Key};
use rust_decimal::Decimal;

use super::world::{World, key, staff};
use crate::Actor;
use crate::error::ServiceError;
use crate::metering::{Quantities, QuoteInput, RunInput};
use crate::rate_card::VersionState::{InForce, Scheduled, Superseded, TakenBack};
use crate::rate_card::{ComparisonInput, Lever, RatesEdit, VersionState};
use crate::staff::Reach;

fn editor() -> Actor {
    staff(&[StaffRole::CatalogueEditor], Reach::All)
}

fn fast(multiplier: i64) -> RatesEdit {
    RatesEdit::PutLever {
        lever: Lever::Mode,
        key: key("fast"),
        multiplier: multiplier.into(),
        is_new: false,
    }
}

async fn publish(world: &World, multiplier: i64, effective: &str) -> i64 {
    let (service, editor) = (&world.service, editor());
    service.start_rates_draft(&editor).await.unwrap();
    service.edit_rates(&editor, None, fast(multiplier)).await.unwrap();
    let revision = service.rates_draft(&editor).await.unwrap().unwrap().revision;
    service.publish_rates_draft(&editor, revision, effective).await.unwrap()
}

async fn render_costs(world: &World) -> Credits {
    let input = QuoteInput {
        customer: None,
        run: RunInput {
            use_case: key("render"),
            mode: Some(key("fast")),
            platform: Some(key("api")),
            subject: None,
        },
        quantities: Quantities::Single("1".parse().unwrap()),
        at: None,
        version: None,
    };
    world.service.quote(&world.vendor, input).await.unwrap().credits
}

fn states(view: &crate::rate_card::RateCardsView) -> Vec<(i64, VersionState)> {
    view.versions
        .iter()
        .map(|version| (version.number, version.state))
        .collect()
}

#[tokio::test]
async fn a_draft_is_written_published_and_superseded() {
    for world in World::all().await {
        let (service, editor) = (&world.service, editor());
        assert_eq!(publish(&world, 2, "").await, 2);
        assert_eq!(render_costs(&world).await, "8".parse().unwrap());
        assert_eq!(publish(&world, 3, "2026-03-02 12:00").await, 3);
        assert_eq!(render_costs(&world).await, "8".parse().unwrap());
        let view = service.rate_cards(&editor).await.unwrap();
        assert_eq!(states(&view), [(3, Scheduled), (2, InForce), (1, Superseded)]);
        assert!(view.draft.is_none());
        assert_eq!(view.versions[0].changes[0].to_string(), "mode fast: × 2 -> × 3");
        world.step_seconds(3 * 3_600);
        assert_eq!(render_costs(&world).await, "12".parse().unwrap());
        let late = service.withdraw_rates(&editor, 3).await.unwrap_err();
        assert_eq!(late.code(), "not_scheduled");

        assert_eq!(publish(&world, 4, "2026-03-02T18:00").await, 4);
        service.withdraw_rates(&editor, 4).await.unwrap();
        world.step_seconds(12 * 3_600);
        assert_eq!(render_costs(&world).await, "12".parse().unwrap());
        let view = service.rate_cards(&editor).await.unwrap();
        assert_eq!(states(&view)[..3], [(5, InForce), (4, TakenBack), (3, Superseded)]);
        assert_eq!(view.versions[0].withdraws, Some(4));
        assert!(view.versions[0].changes.is_empty());

        let log = service.audit(&world.vendor, None, None, 20).await.unwrap().items;
        let published = log
            .iter()
            .find(|line| line.action == "publish" && line.actor == "Grace")
            .unwrap();
        assert_eq!(
            published.before,
            Some(serde_json::json!({ "version": 3, "mode fast": "× 3" }))
        );
        assert_eq!(published.after, Some(serde_json::json!({ "mode fast": "× 4" })));
    }
}

#[tokio::test]
async fn only_what_was_seen_and_is_whole_is_published() {
    let world = World::sqlite().await;
    let (service, editor) = (&world.service, editor());
    let none = service.edit_rates(&editor, None, fast(2)).await.unwrap_err();
    assert!(matches!(none, ServiceError::NotFound("draft")));
    service.start_rates_draft(&editor).await.unwrap();
    let same = service.publish_rates_draft(&editor, 1, "").await.unwrap_err();
    assert_eq!(same.code(), "nothing_changes");
    service.edit_rates(&editor, None, fast(2)).await.unwrap();
    // Saying it again is no change.
    service.edit_rates(&editor, None, fast(2)).await.unwrap();
    for effective in ["yesterday", "2020-01-01", "2200-01-01 00:00"] {
        let refused = service.publish_rates_draft(&editor, 2, effective).await.unwrap_err();
        assert_eq!(refused.code(), "invalid", "{effective}");
    }
    let other = service.publish_rates_draft(&editor, 1, "").await.unwrap_err();
    assert_eq!(other.code(), "draft_changed");
    for key in service.rates().await.unwrap().use_cases.into_keys() {
        service
            .edit_rates(&editor, None, RatesEdit::RemoveUseCase(key))
            .await
            .unwrap();
    }
    let draft = service.rates_draft(&editor).await.unwrap().unwrap();
    assert_eq!(draft.fault.as_deref(), Some("name at least one use case"));
    let refused = service
        .publish_rates_draft(&editor, draft.revision, "")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "draft_not_valid");
    assert_eq!(
        service.discard_rates_draft(&editor, 1).await.unwrap_err().code(),
        "draft_changed"
    );
    service.discard_rates_draft(&editor, draft.revision).await.unwrap();
    assert_eq!(service.rates_draft(&editor).await.unwrap(), None);
    let manager = staff(&[StaffRole::AccountManager], Reach::All);
    let refused = service.start_rates_draft(&manager).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Forbidden(_)));
}

#[tokio::test]
async fn a_run_is_priced_by_both_with_its_lines() {
    let world = World::sqlite().await;
    let (service, editor) = (&world.service, editor());
    service.start_rates_draft(&editor).await.unwrap();
    let mut rate = service.rates().await.unwrap().use_cases["render"].meters["images"].clone();
    rate.tiers = vec![Tier {
        above: 10.into(),
        credits: 3.into(),
    }];
    let tiered = RatesEdit::PutMeter {
        use_case: key("render"),
        key: key("images"),
        rate,
        is_new: false,
    };
    service.edit_rates(&editor, None, tiered).await.unwrap();
    let input = ComparisonInput {
        use_case: key("render"),
        mode: key("relaxed"),
        platform: key("ios"),
        quantities: [(key("images"), "12".parse().unwrap())].into(),
    };
    let prices = service.compare_prices(&editor, &input).await.unwrap();
    let credits = |side: Option<crate::rate_card::Side>| side.unwrap().pricing.unwrap();
    let (published, draft) = (credits(prices.published), credits(prices.draft));
    // 12 × 4 and 10 × 4 + 2 × 3, each times 0.25 and 1.3.
    assert_eq!(published.price.credits, "15.6".parse().unwrap());
    assert_eq!(draft.price.credits, "14.95".parse().unwrap());
    assert_eq!(draft.lines.len(), 2);
    assert!(matches!(draft.lines[1].factor, Factor::Multipliers { .. }));
    assert_eq!(draft.lines[1].exact, "1.95".parse::<Decimal>().unwrap());
    let unknown: Key = key("nothing");
    let nothing = service
        .compare_prices(
            &editor,
            &ComparisonInput {
                use_case: unknown,
                ..input
            },
        )
        .await
        .unwrap();
    assert!(nothing.draft.unwrap().pricing.is_err());
}

#[tokio::test]
async fn two_editors_never_undo_each_others_prices_unseen() {
    for world in World::all().await {
        let (service, editor) = (&world.service, editor());
        service.start_rates_draft(&editor).await.unwrap();
        let edit = |multiplier| service.edit_rates(&editor, Some(1), fast(multiplier));
        let (one, other) = tokio::join!(edit(2), edit(3));
        let late = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(late.len(), 1, "one of the two wins");
        assert_eq!(late[0].code(), "draft_changed");
        assert_eq!(edit(4).await.unwrap_err().code(), "draft_changed");
        service.edit_rates(&editor, Some(2), fast(4)).await.unwrap();
    }
}

#[tokio::test]
async fn a_draft_does_not_undo_prices_that_were_published_meanwhile() {
    for world in World::all().await {
        let (service, editor) = (&world.service, editor());
        service.start_rates_draft(&editor).await.unwrap();
        service.edit_rates(&editor, None, fast(2)).await.unwrap();
        let file = super::world::CATALOGUE.replace("ios = \"1.3\"", "ios = \"1.5\"");
        service.apply_catalogue(&world.vendor, &file).await.unwrap();
        let refused = service.publish_rates_draft(&editor, 2, "").await.unwrap_err();
        assert_eq!(refused.code(), "draft_behind");
        let draft = service.rates_draft(&editor).await.unwrap().unwrap();
        let newer = draft.newer.unwrap();
        let changes: Vec<String> = newer.changes.iter().map(ToString::to_string).collect();
        assert_eq!((draft.based_on, newer.number), (1, 2));
        assert_eq!(changes, ["mode fast: × 1 -> × 2", "platform ios: × 1.5 -> × 1.3"]);
        assert_eq!(
            service.carry_rates_draft(&editor, 1).await.unwrap_err().code(),
            "draft_changed"
        );
        service.carry_rates_draft(&editor, 2).await.unwrap();
        // It is told once: a second time there is nothing to carry over.
        service.carry_rates_draft(&editor, 3).await.unwrap();
        assert_eq!(service.publish_rates_draft(&editor, 3, "").await.unwrap(), 3);
    }
}
