//! The pages of the vendor's staff, by route and role. The routes come from the router's own list: a new one without a row
//! in the table fails.

use axum::body::Body;
use axum::http::Request;
use drawdown_domain::organization::Role;
use drawdown_domain::staff::StaffRole;
use drawdown_service::Actor;
use drawdown_service::members::MemberInput;
use drawdown_service::staff::StaffInput;

use crate::world::World;

const PASSWORD: &str = "correct horse";
const OPERATOR: Actor = Actor::System("tests");

/// What account manager, catalogue editor, finance and administrator are answered. Nobody is led to `/login`, and to a
/// member none of these pages exists.
fn row(path: &str) -> [u16; StaffRole::ALL.len()] {
    match path {
        "/manage/customers" => [200, 403, 200, 200],
        other => panic!("{other} has no row: say what each role is answered there"),
    }
}

/// The address of a route, of a customer that is there.
fn address(path: &str) -> String {
    path.replace("{key}", "acme")
}

async fn cookie_of(world: &World, email: &str) -> String {
    let form = format!("email={}&password=correct+horse&next=", email.replace('@', "%40"));
    let request = Request::post("/actions/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("host", "127.0.0.1")
        .body(Body::from(form))
        .unwrap();
    let answer = world.send(request).await;
    assert_eq!(answer.status, 303, "{email}: {}", answer.body);
    let home = if email.starts_with("member") {
        "/overview"
    } else {
        "/manage/customers"
    };
    assert_eq!(answer.header("location"), home);
    let cookie = answer.header("set-cookie");
    cookie.split(';').next().unwrap().to_owned()
}

async fn get(world: &World, path: &str, cookie: &str) -> crate::world::Answer {
    let request = Request::get(path).header("host", "127.0.0.1").header("cookie", cookie);
    world.send(request.body(Body::empty()).unwrap()).await
}

async fn staff(world: &World, role: StaffRole) -> String {
    let email = format!("{}@vendor.example", role.as_str());
    let input = StaffInput {
        email: email.clone(),
        name: role.word().to_owned(),
        roles: vec![role],
        all_customers: true,
        password: PASSWORD.to_owned().into(),
    };
    world.service.add_staff(&OPERATOR, input).await.unwrap();
    cookie_of(world, &email).await
}

async fn member(world: &World) -> String {
    let organization = world
        .service
        .organization_of(&OPERATOR, &"acme".parse().unwrap())
        .await
        .unwrap();
    let input = MemberInput {
        email: "member@acme.example".to_owned(),
        name: "Ada".to_owned(),
        role: Role::Owner,
        password: PASSWORD.to_owned().into(),
    };
    world.service.add_member(&OPERATOR, organization, input).await.unwrap();
    cookie_of(world, "member@acme.example").await
}

#[tokio::test]
async fn each_route_answers_each_role_as_the_table_says() {
    let world = World::with_pages().await;
    let mut roles = Vec::new();
    for role in StaffRole::ALL {
        roles.push(staff(&world, role).await);
    }
    let member = member(&world).await;
    for path in drawdown_app::manage_paths() {
        let address = address(path);
        for (cookie, status) in roles.iter().zip(row(path)) {
            let answer = get(&world, &address, cookie).await;
            assert_eq!(answer.status, status, "{address}: {}", answer.body);
            let refused = answer.body.as_str().unwrap().contains("Your role does not allow this");
            assert_eq!(refused, status == 403, "{address}");
        }
        let nobody = get(&world, &address, "").await;
        let login = format!("/login?next={}", address.replace('/', "%2F"));
        assert_eq!((nobody.status, nobody.header("location")), (303, login.as_str()));
        let answer = get(&world, &address, &member).await;
        assert_eq!(answer.status, 404, "{address} shows itself to a member");
    }
    // Pages of members lead staff to where they belong.
    for path in ["/", "/overview", "/limits/cap"] {
        let answer = get(&world, path, &roles[0]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/manage/customers"));
    }
}
