//! The sign-in page: plain, refused, and of a demo.

use drawdown_service::demo::DemoLogin;
use leptos::prelude::*;

use super::shown_alone;
use crate::flash::Flash;
use crate::pages::login::{FORM, SignIn};
use crate::visit::Place;

async fn page(name: &str, flash: Flash, logins: Vec<DemoLogin>) -> String {
    let place = Place {
        path: "/login".to_owned(),
        flash,
        ..Place::default()
    };
    shown_alone(name, place, || {
        view! { <SignIn next="/usage?group=mode".to_owned() vendor="Northwind Agents".to_owned() logins=logins/> }
    })
    .await
}

#[tokio::test]
async fn it_has_no_script_and_names_no_demo() {
    let html = page("login", Flash::default(), Vec::new()).await;
    assert!(!html.contains("<script") && !html.contains("Demo"), "{html}");
    assert!(html.contains("name=\"next\" value=\"/usage?group=mode\""), "{html}");
    assert!(html.contains("autocomplete=\"current-password\""), "{html}");
}

#[tokio::test]
async fn a_refused_sign_in_keeps_the_mail_address_and_takes_the_focus() {
    let flash = Flash::refusal(FORM, "The mail address or the password is wrong.").value("email", "mika@acme.example");
    let html = page("login-refused", flash, Vec::new()).await;
    assert!(html.contains("value=\"mika@acme.example\""), "{html}");
    assert!(html.contains("role=\"alert\"") && html.contains("autofocus"), "{html}");
    assert_eq!(html.matches("The mail address or the password is wrong.").count(), 1);
}

#[tokio::test]
async fn a_demo_lists_its_sign_ins() {
    let login = |organization: &str, role, email: &str| DemoLogin {
        organization: organization.to_owned(),
        role,
        email: email.to_owned(),
        password: "drawdown-demo",
    };
    let logins = vec![
        login("Acme Robotics", "owner", "owner@acme.example"),
        login("Acme Robotics", "viewer", "viewer@acme.example"),
        login("Tokyo Trial 株式会社", "owner", "owner@tokyo.example"),
    ];
    let html = page("login-demo", Flash::default(), logins).await;
    assert!(
        html.contains("drawdown-demo") && html.contains("viewer@acme.example"),
        "{html}"
    );
}
