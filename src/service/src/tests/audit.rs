//! The audit log by filter: what each person finds of it, page by page, and as a file.

use std::sync::Arc;

use drawdown_domain::organization::Role;
use drawdown_domain::staff::StaffRole;
use serde_json::json;

use super::world::{World, key, member, staff};
use crate::actor::Actor;
use crate::audit::AuditInput;
use crate::staff::Reach;

const DAY_SECONDS: i64 = 86_400;

/// Writes lines: who, what to what, of whom.
async fn write(world: &World, lines: &[(&str, &str, Option<&str>)]) {
    for (name, what, customer) in lines {
        let customer = match customer {
            Some(customer) => Some(
                world
                    .service
                    .organization_of(&world.vendor, &key(customer))
                    .await
                    .unwrap(),
            ),
            None => None,
        };
        let (action, noun) = what.split_once(' ').unwrap();
        let mut line =
            world
                .service
                .audit_line(&world.vendor, customer, action, noun, Some(json!({ "reason": "=1+1" })));
        line.actor_name = (*name).to_owned();
        world.service.store().write_audit(&[line]).await.unwrap();
        world.step_seconds(1);
    }
}

/// What somebody finds, page by page of two: `Grace add note a`.
async fn found(world: &World, actor: &Actor, input: &AuditInput) -> Vec<String> {
    let (mut told, mut before) = (Vec::new(), None);
    loop {
        let page = world
            .service
            .audit_log(actor, input, before.as_deref(), 2)
            .await
            .unwrap();
        told.extend(page.items.into_iter().map(|entry| {
            let customer = entry
                .customer
                .map_or("-".to_owned(), |customer| customer.key.to_string());
            format!(
                "{} {} {} {customer}",
                entry.line.actor, entry.line.action, entry.line.noun
            )
        }));
        match page.next {
            Some(next) => before = Some(next),
            None => return told,
        }
    }
}

/// A day on which nothing else was written, in UTC: 2026-03-04.
async fn filled(world: &World) {
    for name in ["a", "b", "c"] {
        world.customer(name, "tier", 0).await;
    }
    world.step_seconds(2 * DAY_SECONDS);
    let lines = [
        ("Grace", "add note", Some("a")),
        ("Joan", "void grant", Some("b")),
        ("Grace", "void grant", Some("c")),
        ("Joan", "add staff", None),
        ("Grace", "add note", Some("b")),
    ];
    write(world, &lines).await;
    world.step_seconds(DAY_SECONDS);
    write(world, &[("Grace", "add note", Some("a"))]).await;
}

fn on_the_day() -> AuditInput {
    AuditInput {
        from: "2026-03-04".to_owned(),
        to: "2026-03-04".to_owned(),
        ..AuditInput::default()
    }
}

#[tokio::test]
async fn the_log_is_found_by_customer_person_what_and_day() {
    for world in World::all().await {
        filled(&world).await;
        let vendor = &world.vendor;
        let all = [
            "Grace add note b",
            "Joan add staff -",
            "Grace void grant c",
            "Joan void grant b",
            "Grace add note a",
        ];
        assert_eq!(found(&world, vendor, &on_the_day()).await, all);
        let grace = AuditInput {
            person: " Grace ".to_owned(),
            ..on_the_day()
        };
        assert_eq!(found(&world, vendor, &grace).await, [all[0], all[2], all[4]]);
        let void = AuditInput {
            what: "void grant".to_owned(),
            ..on_the_day()
        };
        assert_eq!(found(&world, vendor, &void).await, [all[2], all[3]]);
        let of_b = AuditInput {
            customer: "b".to_owned(),
            ..on_the_day()
        };
        assert_eq!(found(&world, vendor, &of_b).await, [all[0], all[3]]);
        let both = AuditInput {
            person: "Grace".to_owned(),
            what: "add note".to_owned(),
            ..of_b
        };
        assert_eq!(found(&world, vendor, &both).await, [all[0]]);
        let since = AuditInput {
            to: String::new(),
            person: "Grace".to_owned(),
            what: "add note".to_owned(),
            ..on_the_day()
        };
        assert_eq!(
            found(&world, vendor, &since).await,
            ["Grace add note a", all[0], all[4]]
        );

        let wrong = AuditInput {
            customer: "nobody".to_owned(),
            from: "soon".to_owned(),
            ..AuditInput::default()
        };
        let crate::ServiceError::Invalid(fields) = world.service.audit_log(vendor, &wrong, None, 2).await.unwrap_err()
        else {
            panic!("told by field")
        };
        let fields: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["customer", "from"]);
    }
}

#[tokio::test]
async fn everybody_finds_the_lines_of_whom_it_may_see() {
    for world in World::all().await {
        filled(&world).await;
        let mut ids = Vec::new();
        for name in ["a", "b"] {
            ids.push(world.service.organization_of(&world.vendor, &key(name)).await.unwrap());
        }
        let own = |ids: &[_]| {
            staff(
                &[StaffRole::AccountManager],
                Reach::Own(Arc::new(ids.iter().copied().collect())),
            )
        };
        let day = on_the_day();
        let of_two = ["Grace add note b", "Joan void grant b", "Grace add note a"];
        assert_eq!(found(&world, &own(&ids), &day).await, of_two);
        assert_eq!(found(&world, &own(&ids[..1]), &day).await, of_two[2..]);
        assert!(found(&world, &own(&[]), &day).await.is_empty());
        let of_b = AuditInput {
            customer: "b".to_owned(),
            ..on_the_day()
        };
        let not_own = world.service.audit_log(&own(&ids[..1]), &of_b, None, 2).await;
        assert_eq!(not_own.unwrap_err().code(), "invalid");
        let not_own = world.service.audit_csv(&own(&ids[..1]), &of_b).await;
        assert_eq!(not_own.unwrap_err().code(), "invalid");
        // Lines about the installation itself are the administrator's.
        let finance = found(&world, &staff(&[StaffRole::Finance], Reach::All), &day).await;
        assert_eq!(
            (finance.len(), finance.contains(&"Joan add staff -".to_owned())),
            (4, false)
        );
        assert_eq!(
            found(&world, &staff(&[StaffRole::Administrator], Reach::All), &day)
                .await
                .len(),
            5
        );
        let owner = member(ids[0], Role::Owner);
        for nobody in [owner, staff(&[StaffRole::CatalogueEditor], Reach::All)] {
            let refused = world.service.audit_log(&nobody, &day, None, 2).await;
            assert_eq!(refused.unwrap_err().code(), "forbidden");
        }
    }
}

#[tokio::test]
async fn a_file_has_the_same_lines_without_formulas_and_is_written_down() {
    for world in World::all().await {
        filled(&world).await;
        write(&world, &[("=HYPERLINK(1)", "add note", Some("a"))]).await;
        let grace = AuditInput {
            person: "Grace".to_owned(),
            ..on_the_day()
        };
        let text = world.service.audit_csv(&world.vendor, &grace).await.unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(
            lines[0],
            "at,customer,customer_name,actor_kind,actor,action,noun,before,after"
        );
        assert_eq!(
            lines[1],
            "2026-03-04T09:00:04Z,b,b,system,Grace,add,note,,\"{\"\"reason\"\":\"\"=1+1\"\"}\""
        );
        assert_eq!(lines.len(), 5, "{text}");
        let formula = AuditInput {
            person: "=HYPERLINK(1)".to_owned(),
            ..AuditInput::default()
        };
        let text = world.service.audit_csv(&world.vendor, &formula).await.unwrap();
        assert!(text.contains(",'=HYPERLINK(1),"), "{text}");
        let log = world.service.audit(&world.vendor, None, None, 1).await.unwrap();
        assert_eq!(
            (log.items[0].action.as_str(), log.items[0].noun.as_str()),
            ("look", "audit")
        );
    }
}
