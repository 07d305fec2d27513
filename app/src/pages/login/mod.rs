//! `/login`: mail address and password. No scripts at all. On a demo database it lists the demo's sign-ins.

mod server_fns;

use drawdown_service::demo::DemoLogin;
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::brand::Brand;
use crate::components::form::{ErrorSummary, Field};
use crate::components::notice::FlashNotice;
use crate::error::PageError;
use crate::shell::Page;
use crate::visit::Visit;

/// The form's name in messages.
pub const FORM: &str = "sign-in";

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    next: String,
}

/// The page.
pub async fn page(visit: Visit) -> Result<Page, PageError> {
    let Query { next } = visit.query();
    let logins = visit.state().demo_logins().to_vec();
    let vendor = visit.service().settings().vendor.clone();
    Ok(Page::new(
        "Sign in",
        move || view! { <SignIn next=next vendor=vendor logins=logins/> },
    ))
}

#[component]
pub(crate) fn SignIn(next: String, vendor: String, logins: Vec<DemoLogin>) -> impl IntoView {
    let example = logins.first().map(|login| login.email.clone()).unwrap_or_default();
    view! {
        <main class="sign-in" id="main">
            <Brand/>
            <FlashNotice/>
            <div class="panel">
                <div class="panel-words">
                    <h1>"Sign in"</h1>
                    <p>{format!("See and control your credits with {vendor}.")}</p>
                </div>
                <ErrorSummary form=FORM/>
                <form class="form" method="post" action="/actions/sign-in">
                    <input type="hidden" name="next" value=next/>
                    <Field form=FORM name="email" label="Mail address" kind="email" autocomplete="username" value=example/>
                    <Field form=FORM name="password" label="Password" kind="password" autocomplete="current-password"/>
                    <button class="button primary" type="submit">"Sign in"</button>
                </form>
            </div>
            {(!logins.is_empty()).then(|| view! { <DemoLogins logins=logins/> })}
        </main>
    }
}

#[component]
fn DemoLogins(logins: Vec<DemoLogin>) -> impl IntoView {
    let password = logins.first().map_or("", |login| login.password);
    view! {
        <section class="panel logins" aria-labelledby="demo-title">
            <h2 id="demo-title">"Demo data"</h2>
            <p>"Every password is " <code>{password}</code> "."</p>
            <ul role="list">
                {logins
                    .into_iter()
                    .map(|login| {
                        view! {
                            <li><code>{login.email}</code><span>{format!("{}, {}", login.organization, login.role)}</span></li>
                        }
                    })
                    .collect_view()}
            </ul>
        </section>
    }
}
