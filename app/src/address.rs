//! Addresses inside of Drawdown: where a sign-in may lead, and links that keep the filters of a view.

use drawdown_domain::id::OrganizationId;

use crate::routes::STAFF_HOME;

/// The page after a sign-in: `wanted` where it is an address of ours, `/overview` otherwise. Anything that a browser
/// could take for another site (`//host`, `/\host`, a scheme, control characters) is refused.
pub fn safe_next(wanted: Option<&str>) -> &str {
    const HOME: &str = "/overview";
    let Some(wanted) = wanted else { return HOME };
    let ours = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains('\\')
        && !wanted.contains(|c: char| c.is_control())
        && wanted.len() <= 2_000;
    let loops = ["/login", "/actions/", "/live"]
        .iter()
        .any(|path| wanted.starts_with(path));
    if ours && !loops { wanted } else { HOME }
}

/// The page after a sign-in of staff: `wanted` where it is one of theirs, `home` where they begin otherwise.
pub fn staff_next<'a>(wanted: &'a str, home: &'a str) -> &'a str {
    let next = safe_next(Some(wanted));
    if next.starts_with("/manage/") { next } else { home }
}

/// The address of a customer's page for staff: `/credits` below `/manage/customers/org_…`; the account itself for "".
pub fn customer_path(customer: OrganizationId, path: &str) -> String {
    format!("{STAFF_HOME}/{customer}{path}")
}

/// `path` with query parameters; pairs with an empty value are left out.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    with_form(path, &pairs)
}

/// `path` with every field of a form as query parameters, also those left empty: a field emptied says other than one that
/// the form does not have.
pub fn with_form(path: &str, pairs: &[(&str, &str)]) -> String {
    match serde_urlencoded::to_string(pairs) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

/// The query `current` with one parameter set (or removed, where `value` is empty): links that change one thing of a
/// view and keep the rest. The sealed message of a form never outlives its page, and another order or filter begins at
/// the first page.
pub fn changed(path: &str, current: &str, name: &str, value: &str) -> String {
    let mut pairs: Vec<(String, String)> = serde_urlencoded::from_str(current).unwrap_or_default();
    pairs.retain(|(key, _)| key != crate::flash::PARAMETER && key != name && key != "after");
    pairs.push((name.to_owned(), value.to_owned()));
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    with_query(path, &pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_to_our_own_pages_only() {
        for good in ["/overview", "/usage?group=mode&from=2026-11-01", "/credits/top-up"] {
            assert_eq!(safe_next(Some(good)), good);
        }
        let bad = [
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "evil.example/overview",
            "/\t/evil.example",
            "/ok\r\nSet-Cookie: a=b",
            "",
            "/login?next=/login",
            "/actions/sign-out",
        ];
        for bad in bad {
            assert_eq!(safe_next(Some(bad)), "/overview", "{bad:?}");
        }
        assert_eq!(safe_next(None), "/overview");
        assert_eq!(
            staff_next("/manage/customers/acme", "/manage/rates"),
            "/manage/customers/acme"
        );
        for other in ["", "/overview", "//evil.example", "https://evil.example/manage/"] {
            assert_eq!(staff_next(other, STAFF_HOME), STAFF_HOME);
        }
    }

    #[test]
    fn links_change_one_thing_and_keep_the_rest() {
        let current = "group=mode&from=2026-11-01&flash=abc.def";
        assert_eq!(
            changed("/usage", current, "group", "platform"),
            "/usage?from=2026-11-01&group=platform"
        );
        assert_eq!(changed("/usage", current, "from", ""), "/usage?group=mode");
        assert_eq!(changed("/usage", "", "q", "a&b c"), "/usage?q=a%26b+c");
    }

    #[test]
    fn a_field_left_empty_is_kept_of_a_form_only() {
        let pairs = [("code", ""), ("render", "Free")];
        assert_eq!(with_form("/own", &pairs), "/own?code=&render=Free");
        assert_eq!(with_query("/own", &pairs), "/own?render=Free");
        assert_eq!(with_form("/own", &[]), "/own");
    }
}
