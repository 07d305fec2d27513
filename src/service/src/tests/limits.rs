//! Limits: the customer's own below the vendor's ceilings, and what a cap would have done.

use drawdown_domain::contract::{ContractTerms, Overrides, Renewal, Spread};
use drawdown_domain::limit::{CapAction, CapLimit, LimitOwner, LimitScope, Window};
use drawdown_domain::organization::Role;
use drawdown_domain::plan::{PlanKind, PlanTerms};
use drawdown_domain::staff::StaffRole;
use drawdown_domain::{Currency, Money, Quantity};

use super::world::{START, World, api_key, key, member, renders, staff, whole};
use crate::actor::KeyScope;
use crate::limits::CapInput;
use crate::metering::{AuthorizeInput, EventInput, Quantities};
use crate::staff::Reach;

fn cap(credits: i64) -> CapInput {
    CapInput {
        owner: None,
        scope: LimitScope::default(),
        window: Window::Day,
        limit: CapLimit::Credits(whole(credits)),
        action: CapAction::Block,
        thresholds: Vec::new(),
    }
}

fn render(customer: &str, images: u32) -> AuthorizeInput {
    AuthorizeInput {
        customer: key(customer),
        run: renders(),
        quantities: Quantities::Single(Quantity::from(images)),
        ttl_s: None,
        dry_run: false,
    }
}

#[tokio::test]
async fn a_cap_stops_runs_and_raising_it_lets_them_go_on() {
    for world in World::all().await {
        let organization = world.customer("a", "tier", 900).await;
        let billing = member(organization, Role::Billing);
        let metering = api_key(KeyScope::Metering);
        let service = &world.service;
        let name = key("mine");
        let view = service
            .put_cap(&billing, organization, &name, cap(10), None)
            .await
            .unwrap();
        assert_eq!((view.owner, view.editable), (LimitOwner::Customer, true));
        assert_eq!(view.scope_words, "Everything");
        assert!(
            service
                .authorize(&metering, render("a", 2), None)
                .await
                .unwrap()
                .allowed
        );
        let refused = service.authorize(&metering, render("a", 1), None).await.unwrap();
        assert!(!refused.allowed);
        assert_eq!(refused.reasons[0].limit, Some(name.clone()));

        let shown = service.limits(&billing, organization).await.unwrap();
        let mine = shown.caps.iter().find(|cap| cap.name == name).unwrap();
        assert_eq!((mine.used[0].held, mine.used[0].percent), (whole(8), 80));
        assert!(mine.used[0].hit.is_some());

        service
            .put_cap(&billing, organization, &name, cap(20), None)
            .await
            .unwrap();
        assert!(
            service
                .authorize(&metering, render("a", 1), None)
                .await
                .unwrap()
                .allowed
        );
        service
            .delete_cap(&billing, organization, &name, None, None)
            .await
            .unwrap();
        let gone = service
            .delete_cap(&billing, organization, &name, None, None)
            .await
            .unwrap_err();
        assert_eq!(gone.code(), "unknown_limit");
    }
}

#[tokio::test]
async fn a_member_cannot_touch_the_vendors_ceilings() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "tier", 900).await;
    let owner = member(organization, Role::Owner);
    let service = &world.service;
    let above = service
        .put_cap(&owner, organization, &key("mine"), cap(1_001), None)
        .await
        .unwrap_err();
    assert_eq!(above.code(), "above_ceiling");
    let vendors = CapInput {
        owner: Some(LimitOwner::Vendor),
        ..cap(5_000)
    };
    let name = key("daily");
    let refused = service
        .put_cap(&owner, organization, &name, vendors.clone(), None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let owner_is_vendor = Some(LimitOwner::Vendor);
    let refused = service
        .delete_cap(&owner, organization, &name, owner_is_vendor, None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let viewer = member(organization, Role::Viewer);
    let refused = service
        .put_cap(&viewer, organization, &key("mine"), cap(5), None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let admin = api_key(KeyScope::Admin);
    let raised = service
        .put_cap(&admin, organization, &name, vendors, None)
        .await
        .unwrap();
    assert_eq!((raised.owner, raised.limit_credits), (LimitOwner::Vendor, whole(5_000)));
}

#[tokio::test]
async fn a_cap_of_nonsense_names_its_fields() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "tier", 900).await;
    let owner = member(organization, Role::Owner);
    let input = CapInput {
        scope: LimitScope {
            use_case: Some(key("nothing")),
            ..LimitScope::default()
        },
        window: Window::RollingHours(0),
        thresholds: vec![80, 50],
        ..cap(-1)
    };
    let error = world
        .service
        .put_cap(&owner, organization, &key("mine"), input, None)
        .await
        .unwrap_err();
    let crate::ServiceError::Invalid(fields) = error else {
        panic!("expected fields, got {error:?}");
    };
    let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(names, ["scope.use_case", "window", "credits", "thresholds"]);
}

#[tokio::test]
async fn tells_what_a_cap_would_have_done_last_month() {
    let world = World::sqlite().await;
    let organization = world.customer("a", "tier", 900).await;
    let metering = api_key(KeyScope::Metering);
    let event = |id: &str, images: u32| EventInput {
        id: id.to_owned(),
        customer: key("a"),
        run: render("a", 1).run,
        quantities: Quantities::Single(Quantity::from(images)),
        occurred_at: None,
    };
    for (day, images) in [5, 30, 10, 2].into_iter().enumerate() {
        let recorded = world
            .service
            .record(&metering, vec![event(&day.to_string(), images)], None)
            .await;
        assert_eq!(recorded.unwrap()[0].code, None);
        world.step_seconds(86_400);
    }
    let owner = member(organization, Role::Owner);
    let service = &world.service;
    let told = service.what_if(&owner, organization, &cap(100)).await.unwrap();
    assert_eq!(
        told.sentence,
        "This cap, in the last 31 days, would have stopped you on 3 Mar."
    );
    assert_eq!((told.stops.len(), told.peak), (1, whole(120)));
    let elsewhere = CapInput {
        scope: LimitScope {
            use_case: Some(key("code")),
            ..LimitScope::default()
        },
        ..cap(1)
    };
    assert!(
        service
            .what_if(&owner, organization, &elsewhere)
            .await
            .unwrap()
            .stops
            .is_empty()
    );
}

#[tokio::test]
async fn a_ceiling_is_set_changed_and_removed_for_a_reason() {
    for world in World::all().await {
        let id = world.customer("acme", "tier", 100).await;
        let service = &world.service;
        let manager = staff(&[StaffRole::AccountManager], Reach::All);
        let input = |credits: i64| CapInput {
            owner: None,
            scope: LimitScope::default(),
            window: Window::Day,
            limit: CapLimit::Credits(whole(credits)),
            action: CapAction::Block,
            thresholds: Vec::new(),
        };
        let name = key("house");
        let refused = service.put_ceiling(&manager, id, &name, input(50), " ").await;
        assert_eq!(refused.unwrap_err().code(), "invalid");
        for finance in [staff(&[StaffRole::Finance], Reach::All), member(id, Role::Owner)] {
            assert!(service.put_ceiling(&finance, id, &name, input(50), "x").await.is_err());
            assert!(service.remove_ceiling(&finance, id, &name, "x", None).await.is_err());
        }
        service
            .put_ceiling(&manager, id, &name, input(50), "fraud")
            .await
            .unwrap();
        service
            .put_ceiling(&manager, id, &name, input(40), "worse")
            .await
            .unwrap();
        service
            .remove_ceiling(&manager, id, &name, "settled", None)
            .await
            .unwrap();
        let log = service.audit(&world.vendor, Some(id), None, 50).await.unwrap();
        let lines: Vec<_> = log.items.iter().filter(|line| line.noun == "cap").collect();
        let reasons: Vec<_> = lines
            .iter()
            .map(|line| line.after.as_ref().unwrap()["reason"].clone())
            .collect();
        assert_eq!(reasons, ["settled", "worse", "fraud"]);
        assert_eq!(lines[1].before.as_ref().unwrap()["limit"]["credits"], "50");
        assert_eq!(lines[0].before.as_ref().unwrap()["limit"]["credits"], "40");
        assert_eq!(lines[2].before, None);
    }
}

#[tokio::test]
async fn members_are_told_what_is_agreed_about_failed_runs() {
    let world = World::sqlite().await;
    let (service, plan) = (&world.service, key("studio"));
    let mut terms = PlanTerms::new("Studio", PlanKind::Tier, Currency::USD, 100.into());
    terms.refunds = [
        ("code", "Half comes back"),
        ("gone", "All"),
        ("render", "Nothing comes back"),
    ]
    .map(|(use_case, words)| (key(use_case), words.to_owned()))
    .into();
    service.store().publish_plan(&plan, &terms, START, &[]).await.unwrap();
    let (studio, silent) = (
        world.customer("a", "studio", 0).await,
        world.customer("b", "tier", 0).await,
    );
    let told = async |organization| {
        let limits = service.limits(&member(organization, Role::Viewer), organization).await;
        let told = limits.unwrap().refunds.into_iter();
        told.map(|told| format!("{}: {}", told.name, told.words))
            .collect::<Vec<_>>()
    };
    let of_plan = [
        "Coding assistant: Half comes back",
        "gone: All",
        "Image render: Nothing comes back",
    ];
    assert_eq!(told(studio).await, of_plan);
    assert_eq!(told(silent).await, [""; 0]);

    let words = [
        ("gone", None),
        ("render", Some("A failed render costs nothing".to_owned())),
    ];
    let contract = ContractTerms {
        plan: service.store().current_plan(&plan).await.unwrap().unwrap().id,
        overrides: Overrides {
            refunds: words.map(|(use_case, words)| (key(use_case), words)).into(),
            ..Overrides::default()
        },
        committed: Money::new(10_000, Currency::USD),
        conversion_rate: 100.into(),
        starts_at: START,
        months: 12,
        release: Spread::AtOnce,
        payments: Spread::AtOnce,
        renewal: Renewal::None,
        note: None,
    };
    let signed = service.sign_contract(&world.vendor, studio, service.new_contract_id(), contract);
    signed.await.unwrap();
    let agreed = [
        "Coding assistant: Half comes back",
        "Image render: A failed render costs nothing",
    ];
    assert_eq!(told(studio).await, agreed);
}
