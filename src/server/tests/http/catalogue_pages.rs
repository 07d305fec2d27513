//! The catalogue's part of the table of route × role (`manage`): its pages, its forms, and how each form is filled in.

use drawdown_service::Actor;
use drawdown_service::rate_card::{Lever, RatesEdit};

use crate::world::World;

const OPERATOR: Actor = Actor::System("tests");

/// What account manager, catalogue editor, finance and administrator are answered on a page of the catalogue.
pub(crate) fn row(path: &str) -> Option<[u16; 4]> {
    match path {
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
        | "/manage/rates/quote"
        | "/manage/rates/simulation" => Some([403, 200, 403, 200]),
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
        | "/actions/manage-discard-rates"
        | "/actions/manage-check-rates"
        | "/actions/manage-publish-rates"
        | "/actions/manage-simulate-rates"
        | "/actions/manage-withdraw-rates" => Some([false, true, false, true]),
        _ => None,
    }
}

/// The address of a page: of the scheduled second version, and of a use case of the draft.
pub(crate) fn address(path: &str) -> String {
    let query = match path.rsplit('/').next() {
        Some("meter" | "exception") => "?use_case=code",
        _ => "",
    };
    path.replace("{number}", "2") + query
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
    service.edit_rates(&OPERATOR, edit).await.unwrap();
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
}

/// Fields that a form of the catalogue would take now: `turn` tells this time from the others.
pub(crate) async fn filled(world: &World, path: &str, turn: i64) -> Option<String> {
    form_row(path)?;
    let multiplier = 10 + turn;
    if path == "/actions/manage-withdraw-rates" {
        return Some(format!("number={}", scheduled(world, multiplier).await));
    }
    let revision = draft(world, multiplier).await;
    if path == "/actions/manage-start-rates" {
        world.service.discard_rates_draft(&OPERATOR, revision).await.unwrap();
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
        world.service.edit_rates(&OPERATOR, put).await.unwrap();
    }
    Some(match path {
        "/actions/manage-put-lever" => format!("lever=mode&key=mode-{turn}&multiplier=2"),
        "/actions/manage-remove-lever" => "lever=mode&key=relaxed".to_owned(),
        "/actions/manage-put-use-case" => format!("key=case-{turn}&name=Another"),
        "/actions/manage-remove-use-case" => "key=code".to_owned(),
        "/actions/manage-put-meter" => format!("use_case=code&key=meter-{turn}&credits=1&per=1"),
        "/actions/manage-remove-meter" => "use_case=code&key=context_tokens".to_owned(),
        "/actions/manage-put-exception" | "/actions/manage-remove-exception" => exception.to_owned(),
        _ => format!("revision={revision}&days=30"),
    })
}
