//! The rail at the left (from 960 px) and the bar with a menu (below): the organization, the pages, credits left, who is
//! signed in.

use drawdown_domain::organization::Role;
use leptos::prelude::*;

use crate::components::amount::credits_words;
use crate::components::brand::Brand;
use crate::components::gauge::{Gauge, percent};
use crate::components::icon::{Icon, Sign};
use crate::shell::Frame;
use crate::visit::Place;

const PAGES: [(&str, &str, Sign); 4] = [
    ("/overview", "Overview", Sign::Overview),
    ("/usage", "Usage", Sign::Usage),
    ("/credits", "Credits", Sign::Credits),
    ("/limits", "Limits", Sign::Limits),
];

/// The rail.
#[component]
pub fn Rail() -> impl IntoView {
    view! {
        <header class="rail">
            <Brand/>
            <OrganizationName/>
            <PageList/>
            <div class="rail-foot"><CreditsLeft live="left-rail"/><Account/></div>
        </header>
    }
}

/// The bar with a menu.
#[component]
pub fn TopBar() -> impl IntoView {
    view! {
        <header class="topbar">
            <Brand/>
            <details class="menu">
                <summary><Icon sign=Sign::Menu/>"Menu"</summary>
                <div class="menu-sheet">
                    <OrganizationName/>
                    <PageList/>
                    <CreditsLeft live="left-menu"/>
                    <Account/>
                </div>
            </details>
        </header>
    }
}

#[component]
fn OrganizationName() -> impl IntoView {
    let Frame { organization } = expect_context();
    let plan = organization.plan.map_or_else(|| "No plan".to_owned(), |plan| plan.name);
    let name = organization.name.clone();
    view! {
        <div class="organization">
            <strong title=organization.name>{name}</strong>
            <span>{plan}</span>
            <span>{organization.time_zone.replace('_', " ")}" time"</span>
        </div>
    }
}

#[component]
fn PageList() -> impl IntoView {
    let path = Place::current().path.clone();
    let link = move |(href, word, sign): (&'static str, &'static str, Sign)| {
        let below = path
            .strip_prefix(href)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        view! {
            <li><a href=href aria-current=below.then_some("page")><Icon sign=sign/>{word}</a></li>
        }
    };
    view! {
        <nav aria-label="Pages"><ul class="pages" role="list">{PAGES.into_iter().map(link).collect_view()}</ul></nav>
    }
}

#[component]
fn CreditsLeft(live: &'static str) -> impl IntoView {
    let Frame { organization } = expect_context();
    let share = percent(organization.left, organization.granted);
    view! {
        <a class="left" href="/credits" data-live=live>
            <span class="left-words">
                <strong>{credits_words(organization.left)}</strong>
                <span>{format!("{share} % left")}</span>
            </span>
            <Gauge used=share low_is_bad=true/>
        </a>
    }
}

#[component]
fn Account() -> impl IntoView {
    let member = Place::current().member.clone();
    member.map(|member| {
        let told = format!("{} ({}), {}", member.name, member.email, role_word(member.role));
        view! {
            <form class="account" method="post" action="/actions/sign-out">
                <span title=told>{member.name}<small>{role_word(member.role)}</small></span>
                <button class="button quiet" type="submit">"Sign out"</button>
            </form>
        }
    })
}

/// A role in a word.
pub const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Billing => "billing",
        Role::Viewer => "viewer",
    }
}
