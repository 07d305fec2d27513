//! The pages of the vendor's staff, below `/manage`: which address is which page.

use axum::routing::{MethodRouter, get};

use super::{AppState, STAFF_HOME, managers, seen, seen_csv, staff_file};
use crate::pages;

/// The pages of the vendor's staff: the one list of them. A test asks each for each role.
pub(super) fn manage_routes() -> Vec<(&'static str, MethodRouter<AppState>)> {
    let mut routes = customer_routes();
    routes.extend(account_routes());
    routes.extend(contract_routes());
    routes.extend(rate_routes());
    routes.extend(plan_routes());
    routes.push((
        pages::manage::adjustments::HOME,
        managers(pages::manage::adjustments::page),
    ));
    routes.push((pages::manage::audit::HOME, managers(pages::manage::audit::page)));
    routes.push(("/manage/audit.csv", staff_file(pages::manage::audit::csv)));
    routes
}

fn plan_routes() -> Vec<(&'static str, MethodRouter<AppState>)> {
    use pages::manage::plans;
    vec![
        (plans::HOME, managers(plans::page)),
        ("/manage/plans/new", managers(plans::new_page)),
        ("/manage/plans/{key}", managers(plans::plan::page)),
        ("/manage/plans/{key}/move", managers(plans::publish::move_page)),
        ("/manage/plans/{key}/draft", managers(plans::draft::page)),
        (
            "/manage/plans/{key}/draft/discard",
            managers(plans::draft::discard_page),
        ),
        ("/manage/plans/{key}/draft/publish", managers(plans::publish::page)),
        ("/manage/plans/{key}/draft/{part}", managers(plans::part_page)),
    ]
}

fn rate_routes() -> Vec<(&'static str, MethodRouter<AppState>)> {
    use pages::manage::rates;
    vec![
        (rates::HOME, managers(rates::page)),
        ("/manage/rates/versions/{number}", managers(rates::version::page)),
        (
            "/manage/rates/versions/{number}/withdraw",
            managers(rates::version::withdraw_page),
        ),
        (rates::DRAFT, managers(rates::draft::page)),
        ("/manage/rates/draft/discard", managers(rates::draft::discard_page)),
        ("/manage/rates/draft/mode", managers(rates::lever::mode_page)),
        ("/manage/rates/draft/platform", managers(rates::lever::platform_page)),
        ("/manage/rates/draft/use-case", managers(rates::use_case::page)),
        ("/manage/rates/draft/meter", managers(rates::meter::page)),
        ("/manage/rates/draft/exception", managers(rates::exception::page)),
        ("/manage/rates/draft/publish", managers(rates::publish::page)),
        (
            "/manage/rates/draft/publish/confirm",
            managers(rates::publish::confirm_page),
        ),
        ("/manage/rates/quote", managers(rates::quote::page)),
        ("/manage/rates/simulation", managers(rates::simulation::page)),
    ]
}

fn customer_routes() -> Vec<(&'static str, MethodRouter<AppState>)> {
    use pages::manage::customers::account;
    vec![
        (STAFF_HOME, managers(pages::manage::customers::page)),
        (
            pages::manage::customers::new::NEW,
            managers(pages::manage::customers::new::page),
        ),
        (
            pages::manage::customers::portfolio::FILE,
            staff_file(pages::manage::customers::portfolio::csv),
        ),
        ("/manage/customers/{id}", managers(account::page)),
        (
            "/manage/customers/{id}/overview",
            seen("overview", pages::overview::page),
        ),
        ("/manage/customers/{id}/usage", seen("usage", pages::usage::page)),
        ("/manage/customers/{id}/usage.csv", get(seen_csv)),
        ("/manage/customers/{id}/credits", seen("credits", pages::credits::page)),
        (
            "/manage/customers/{id}/credits/postings/{sequence}",
            seen("posting", pages::credits::posting::page),
        ),
        ("/manage/customers/{id}/limits", seen("limits", pages::limits::page)),
        ("/manage/customers/{id}/audit", managers(account::audit::page)),
        ("/manage/customers/{id}/audit.csv", staff_file(account::audit::csv)),
    ]
}

/// What is done on a customer's account.
fn account_routes() -> Vec<(&'static str, MethodRouter<AppState>)> {
    use pages::manage::customers::account;
    vec![
        ("/manage/customers/{id}/plan", managers(account::plan::form_page)),
        (
            "/manage/customers/{id}/plan/confirm",
            managers(account::plan::confirm_page),
        ),
        ("/manage/customers/{id}/give", managers(account::give::form_page)),
        (
            "/manage/customers/{id}/give/confirm",
            managers(account::give::confirm_page),
        ),
        ("/manage/customers/{id}/take-back", managers(account::take_back::page)),
        (
            "/manage/customers/{id}/adjustments/{request}",
            managers(account::adjustments::page),
        ),
        (
            "/manage/customers/{id}/ceiling",
            managers(account::ceiling::burn::form_page),
        ),
        (
            "/manage/customers/{id}/ceiling/confirm",
            managers(account::ceiling::burn::confirm_page),
        ),
        (
            "/manage/customers/{id}/ceiling/remove",
            managers(account::ceiling::burn::remove_page),
        ),
        (
            "/manage/customers/{id}/rate-ceiling",
            managers(account::ceiling::rate::form_page),
        ),
        (
            "/manage/customers/{id}/rate-ceiling/confirm",
            managers(account::ceiling::rate::confirm_page),
        ),
        (
            "/manage/customers/{id}/rate-ceiling/remove",
            managers(account::ceiling::rate::remove_page),
        ),
        ("/manage/customers/{id}/parent", managers(account::family::page)),
        (
            "/manage/customers/{id}/transfer",
            managers(account::transfer::form_page),
        ),
        (
            "/manage/customers/{id}/transfer/confirm",
            managers(account::transfer::confirm_page),
        ),
        ("/manage/customers/{id}/status", managers(account::status::page)),
    ]
}

/// What is done with a customer's contracts.
fn contract_routes() -> Vec<(&'static str, MethodRouter<AppState>)> {
    use pages::manage::customers::account::contract;
    vec![
        ("/manage/customers/{id}/contract", managers(contract::form_page)),
        (
            "/manage/customers/{id}/contract/confirm",
            managers(contract::confirm_page),
        ),
        ("/manage/customers/{id}/contract/own", managers(contract::own::page)),
        (
            "/manage/customers/{id}/contract/own/form",
            managers(contract::own::form_page),
        ),
        (
            "/manage/customers/{id}/contract/own/confirm",
            managers(contract::own::confirm_page),
        ),
        ("/manage/customers/{id}/contract/end", managers(contract::end_page)),
        (
            "/manage/customers/{id}/contract/withdraw",
            managers(contract::withdraw::page),
        ),
    ]
}
