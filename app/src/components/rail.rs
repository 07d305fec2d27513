//! The rail at the left (from 960 px) and the bar with a menu (below): the organization, the pages, credits left, who is
//! signed in.

use drawdown_domain::organization::Role;
use drawdown_domain::staff::StaffRole;
use drawdown_service::Action;
use leptos::prelude::*;

use crate::components::amount::credits_words;
use crate::components::brand::Brand;
use crate::components::gauge::{Gauge, percent};
use crate::components::icon::{Icon, Sign};
use crate::shell::Frame;
use crate::visit::Place;

/// Address, word and sign of each page.
type Listed = (&'static str, &'static str, Sign);

/// The one page of the rate card for whoever only reads the catalogue; for others it is among the pages of the rates.
const QUOTE: &str = "/manage/rates/quote";
/// Pages of the staff, each with what it takes to open it.
const MANAGE_PAGES: [(&str, &str, Sign, Action); 6] = [
    ("/manage/customers", "Customers", Sign::Customers, Action::ReadPortfolio),
    ("/manage/rates", "Rates", Sign::Rates, Action::ManageCatalogue),
    (QUOTE, "Quote", Sign::Rates, Action::ReadCatalogue),
    ("/manage/plans", "Plans", Sign::Plans, Action::ReadCatalogue),
    (
        "/manage/adjustments",
        "Adjustments",
        Sign::Adjustments,
        Action::AdjustAboveLimit,
    ),
    ("/manage/audit", "Audit log", Sign::Audit, Action::ReadAudit),
];
const PAGES: [Listed; 4] = [
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
            <PageList pages=PAGES.to_vec()/>
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
                    <PageList pages=PAGES.to_vec()/>
                    <CreditsLeft live="left-menu"/>
                    <Account/>
                </div>
            </details>
        </header>
    }
}

/// The rail of the vendor's staff.
#[component]
pub fn ManageRail(
    /// The vendor's name.
    vendor: String,
) -> impl IntoView {
    view! {
        <header class="rail">
            <Brand/>
            <VendorName vendor=vendor/>
            <PageList pages=manage_pages()/>
            <div class="rail-foot"><Account/></div>
        </header>
    }
}

/// The bar with a menu of the vendor's staff.
#[component]
pub fn ManageTopBar(
    /// The vendor's name.
    vendor: String,
) -> impl IntoView {
    view! {
        <header class="topbar">
            <Brand/>
            <details class="menu">
                <summary><Icon sign=Sign::Menu/>"Menu"</summary>
                <div class="menu-sheet">
                    <VendorName vendor=vendor/>
                    <PageList pages=manage_pages()/>
                    <Account/>
                </div>
            </details>
        </header>
    }
}

/// The pages that whoever is signed in may open.
fn manage_pages() -> Vec<Listed> {
    let place = Place::current();
    let may = |action: Action| place.staff.as_ref().is_some_and(|staff| staff.may(action, None));
    let writes = may(Action::ManageCatalogue);
    let pages = MANAGE_PAGES
        .into_iter()
        .filter(|(href, _, _, action)| may(*action) && !(writes && *href == QUOTE));
    pages.map(|(href, word, sign, _)| (href, word, sign)).collect()
}

#[component]
fn VendorName(vendor: String) -> impl IntoView {
    view! {
        <div class="organization">
            <strong title=vendor.clone()>{vendor.clone()}</strong>
            <span>"Account management"</span>
        </div>
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
fn PageList(pages: Vec<Listed>) -> impl IntoView {
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
        <nav aria-label="Pages"><ul class="pages" role="list">{pages.into_iter().map(link).collect_view()}</ul></nav>
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
    let place = Place::current();
    let member = place.member.as_ref();
    let staff = place.staff.as_ref();
    let person = member
        .map(|member| {
            (
                member.name.clone(),
                member.email.clone(),
                role_word(member.role).to_owned(),
            )
        })
        .or_else(|| staff.map(|staff| (staff.name.clone(), staff.email.clone(), staff_roles_words(&staff.roles))));
    person.map(|(name, email, roles)| {
        let told = format!("{name} ({email}), {roles}");
        view! {
            <form class="account" method="post" action="/actions/sign-out">
                <span title=told>{name}<small>{roles}</small></span>
                <button class="button quiet" type="submit">"Sign out"</button>
            </form>
        }
    })
}

/// `account manager, finance`.
fn staff_roles_words(roles: &[StaffRole]) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
    words.join(", ")
}

/// A role in a word.
pub const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Billing => "billing",
        Role::Viewer => "viewer",
    }
}
