//! The catalogue's part of the table of route × role (`manage`): its pages, its forms, and how each form is filled in.

use drawdown_domain::Key;
use drawdown_service::Actor;
use drawdown_service::customers::PutCustomer;
use drawdown_service::plans::{MoveChoice, PlanEdit};
use drawdown_service::rate_card::{Lever, RatesEdit};
use drawdown_service::schedule::PlanWhen;

use crate::world::World;

const OPERATOR: Actor = Actor::System("tests");
/// The plan that the pages and forms are about.
const PLAN: &str = "team";

/// What account manager, catalogue editor, finance and administrator are answered on a page of the catalogue.
pub(crate) fn row(path: &str) -> Option<[u16; 4]> {
    match path {
        // Whoever sells plans reads them, and what a run costs.
        "/manage/plans" | "/manage/plans/{key}" | "/manage/rates/quote" => Some([200, 200, 403, 200]),
        "/manage/rates"
        | "/manage/rates/versions/{number}"
        | "/manage/rates/versions/{number}/withdraw"
        | "/manage/rates/draft"
        | "/manage/rates/draft/discard"
        | "/manage/rates/draft/mode"
        | "/manage/rates/draft/platform"
        | "/manage/rates/draft/use-case"
        | "/manage/rates/draft/meter"
        | "/manage/rates/draft/exception"
        | "/manage/rates/draft/publish"
        | "/manage/rates/draft/publish/confirm"
        | "/manage/rates/simulation"
        | "/manage/plans/new"
        | "/manage/plans/{key}/move"
        | "/manage/plans/{key}/draft"
        | "/manage/plans/{key}/draft/discard"
        | "/manage/plans/{key}/draft/publish"
        | "/manage/plans/{key}/draft/{part}" => Some([403, 200, 403, 200]),
        _ => None,
    }
}

/// Who of the staff a form of the catalogue works for.
pub(crate) fn form_row(path: &str) -> Option<[bool; 4]> {
    match path {
        "/actions/manage-start-rates"
        | "/actions/manage-put-lever"
        | "/actions/manage-remove-lever"
        | "/actions/manage-put-use-case"
        | "/actions/manage-remove-use-case"
        | "/actions/manage-put-meter"
        | "/actions/manage-remove-meter"
        | "/actions/manage-put-exception"
        | "/actions/manage-remove-exception"
        | "/actions/manage-carry-rates"
        | "/actions/manage-discard-rates"
        | "/actions/manage-check-rates"
        | "/actions/manage-publish-rates"
        | "/actions/manage-simulate-rates"
        | "/actions/manage-withdraw-rates"
        | "/actions/manage-begin-plan"
        | "/actions/manage-start-plan"
        | "/actions/manage-put-plan-part"
        | "/actions/manage-remove-plan-part"
        | "/actions/manage-carry-plan"
        | "/actions/manage-discard-plan"
        | "/actions/manage-publish-plan"
        | "/actions/manage-move-customers"
        | "/actions/manage-withdraw-moves" => Some([false, true, false, true]),
        _ => None,
    }
}

/// The address of a page: of the scheduled second version, and of a use case of the draft.
pub(crate) fn address(path: &str) -> String {
    let query = match path.rsplit('/').next() {
        Some("meter" | "exception") => "?use_case=code",
        _ => "",
    };
    let path = path
        .replace("{number}", "2")
        .replace("{key}", PLAN)
        .replace("{part}", "basics");
    path + query
}

/// A draft with something to publish, and no other.
async fn draft(world: &World, multiplier: i64) -> i64 {
    let service = &world.service;
    if let Some(draft) = service.rates_draft(&OPERATOR).await.unwrap() {
        service.discard_rates_draft(&OPERATOR, draft.revision).await.unwrap();
    }
    service.start_rates_draft(&OPERATOR).await.unwrap();
    let edit = RatesEdit::PutLever {
        lever: Lever::Mode,
        key: "fast".parse().unwrap(),
        multiplier: multiplier.into(),
        is_new: false,
    };
    service.edit_rates(&OPERATOR, None, edit).await.unwrap();
    service.rates_draft(&OPERATOR).await.unwrap().unwrap().revision
}

/// A version that is scheduled; gives its number.
async fn scheduled(world: &World, multiplier: i64) -> i64 {
    let revision = draft(world, multiplier).await;
    let service = &world.service;
    service
        .publish_rates_draft(&OPERATOR, revision, "2027-06-01 00:00")
        .await
        .unwrap()
}

/// A second version that is scheduled, and a draft.
pub(crate) async fn set_up(world: &World) {
    assert_eq!(scheduled(world, 3).await, 2);
    draft(world, 4).await;
    plan_draft(world, 4).await;
}

/// A draft of the plan with something to publish; gives its revision.
async fn plan_draft(world: &World, seats: u32) -> i64 {
    let (service, plan): (_, Key) = (&world.service, PLAN.parse().unwrap());
    if let Some(draft) = service.plan_draft(&OPERATOR, &plan).await.unwrap() {
        service
            .discard_plan_draft(&OPERATOR, &plan, draft.revision)
            .await
            .unwrap();
    }
    service.start_plan_draft(&OPERATOR, &plan).await.unwrap();
    let terms = service.plan_draft(&OPERATOR, &plan).await.unwrap().unwrap().terms;
    let edit = PlanEdit::Basics {
        name: terms.name,
        kind: terms.kind,
        price: terms.price,
        interval: terms.interval,
        lasts: None,
        seats: Some(seats),
        extra_seat_price: None,
    };
    service.edit_plan(&OPERATOR, &plan, None, edit).await.unwrap();
    service.plan_draft(&OPERATOR, &plan).await.unwrap().unwrap().revision
}

/// Fields that a form of plans would take now.
async fn filled_plan(world: &World, path: &str, turn: i64) -> String {
    let (service, plan): (_, Key) = (&world.service, PLAN.parse().unwrap());
    let revision = plan_draft(world, 10 + u32::try_from(turn).unwrap()).await;
    let seen = format!("plan={PLAN}&revision={revision}");
    match path {
        "/actions/manage-begin-plan" => format!("key=plan-{turn}&name=Another&kind=tier&currency=usd"),
        "/actions/manage-start-plan" => {
            service.discard_plan_draft(&OPERATOR, &plan, revision).await.unwrap();
            format!("plan={PLAN}")
        }
        "/actions/manage-put-plan-part" => {
            format!("{seen}&part=cap&name=cap-{turn}&amount=5&unit=credits&window=day&each=&action=block")
        }
        "/actions/manage-remove-plan-part" => format!("{seen}&part=cap&name=ceiling"),
        "/actions/manage-carry-plan" => {
            let mut terms = service.plan_draft(&OPERATOR, &plan).await.unwrap().unwrap().terms;
            terms.seats = Some(1_000 + u32::try_from(turn).unwrap());
            let filed = service.store().publish_plan(&plan, &terms, service.instant(), &[]);
            filed.await.unwrap();
            seen
        }
        "/actions/manage-move-customers" => {
            let old = left_behind(world, &plan, revision, turn).await;
            format!("plan={PLAN}&group-{old}-plan=now")
        }
        "/actions/manage-withdraw-moves" => {
            let choice = MoveChoice {
                version: left_behind(world, &plan, revision, turn).await,
                contract: false,
                when: PlanWhen::AtRenewal,
            };
            service.move_groups(&OPERATOR, &plan, &[choice]).await.unwrap();
            format!("plan={PLAN}")
        }
        _ => seen,
    }
}

/// Puts a customer on the plan and publishes its draft; gives the version that the customer is on.
async fn left_behind(world: &World, plan: &Key, revision: i64, turn: i64) -> i64 {
    let service = &world.service;
    let key = format!("mover-{turn}").parse().unwrap();
    let put = PutCustomer {
        name: Some("Mover".to_owned()),
        plan: Some(plan.clone()),
        ..PutCustomer::default()
    };
    service.put_customer(&OPERATOR, &key, put).await.unwrap();
    let old = service.plan_page(&OPERATOR, plan).await.unwrap().versions[0].number;
    service
        .publish_plan_draft(&OPERATOR, plan, revision, &[])
        .await
        .unwrap();
    old
}

/// Fields that a form of the catalogue would take now: `turn` tells this time from the others.
pub(crate) async fn filled(world: &World, path: &str, turn: i64) -> Option<String> {
    form_row(path)?;
    if path.contains("plan") || path.ends_with("-customers") || path.ends_with("-moves") {
        return Some(filled_plan(world, path, turn).await);
    }
    let multiplier = 10 + turn;
    if path == "/actions/manage-withdraw-rates" {
        return Some(format!("number={}", scheduled(world, multiplier).await));
    }
    let revision = draft(world, multiplier).await;
    if path == "/actions/manage-start-rates" {
        world.service.discard_rates_draft(&OPERATOR, revision).await.unwrap();
    }
    if path == "/actions/manage-carry-rates" {
        let store = world.service.store();
        let rates = world.service.rates_draft(&OPERATOR).await.unwrap().unwrap().rates;
        let far = world.service.instant().plus_seconds((600 + turn) * 86_400);
        let filed = store.publish_rates(&rates, far, world.service.instant(), &[]);
        filed.await.unwrap();
    }
    let exception = "use_case=code&mode=fast&platform=web&own-context_tokens=1";
    if path == "/actions/manage-remove-exception" {
        let put = RatesEdit::PutException {
            use_case: "code".parse().unwrap(),
            exception: serde_json::from_value(serde_json::json!({
                "mode": "fast", "platform": "web", "meters": { "context_tokens": { "credits": "1" } }
            }))
            .unwrap(),
            is_new: true,
        };
        world.service.edit_rates(&OPERATOR, None, put).await.unwrap();
    }
    let revision = world.service.rates_draft(&OPERATOR).await.unwrap();
    let revision = revision.map_or(0, |draft| draft.revision);
    let fields = match path {
        "/actions/manage-put-lever" => format!("lever=mode&key=mode-{turn}&multiplier=2"),
        "/actions/manage-remove-lever" => "lever=mode&key=relaxed".to_owned(),
        "/actions/manage-put-use-case" => format!("key=case-{turn}&name=Another"),
        "/actions/manage-remove-use-case" => "key=code".to_owned(),
        "/actions/manage-put-meter" => format!("use_case=code&key=meter-{turn}&credits=1&per=1"),
        "/actions/manage-remove-meter" => "use_case=code&key=context_tokens".to_owned(),
        "/actions/manage-put-exception" | "/actions/manage-remove-exception" => exception.to_owned(),
        _ => "days=30".to_owned(),
    };
    Some(format!("revision={revision}&{fields}"))
}
