//! What the payer does on the sandbox's page.

use drawdown_service::payments::{SANDBOX_PATH, SandboxAct};
use leptos::prelude::*;

use super::FORM;
use crate::answer::{Answer, lead_to, refused};
use crate::error::PageError;
use crate::pages::top_up::own_address;
use crate::visit::Visit;

/// Pays, is declined or leaves, and leads back to where the payment was started.
#[server(prefix = "/actions", endpoint = "sandbox-act")]
pub(super) async fn act_on_payment(reference: String, act: String) -> Answer {
    let visit = Visit::current();
    let done = async {
        let act = act_of(&act).ok_or(PageError::NotFound("action"))?;
        Ok::<_, PageError>(visit.service().sandbox_act(&reference, act).await?)
    };
    match done.await {
        Ok(back) => lead_to(&own_address(visit.service(), &back)),
        Err(error) => refused(&visit, &page_of(&reference), FORM, &[], error),
    }
}

/// The page of a reference. One that is none leads to a page that says so.
fn page_of(reference: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_' || *c == '-';
    format!("{SANDBOX_PATH}{}", reference.chars().filter(plain).collect::<String>())
}

fn act_of(word: &str) -> Option<SandboxAct> {
    match word {
        "pay" => Some(SandboxAct::Pay),
        "decline" => Some(SandboxAct::Decline),
        "abandon" => Some(SandboxAct::Abandon),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_leads_to_no_other_page() {
        assert_eq!(page_of("sandbox_12ab"), "/sandbox/pay/sandbox_12ab");
        assert_eq!(page_of("../../evil?x=1#"), "/sandbox/pay/evilx1");
    }

    #[test]
    fn only_the_three_acts_are_taken() {
        assert_eq!(act_of("pay"), Some(SandboxAct::Pay));
        assert_eq!(act_of("refund"), None);
    }
}
