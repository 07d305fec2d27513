//! What an organization sees before its first usage: the next step, ready to run.

use leptos::prelude::*;

use crate::components::empty::Empty;
use crate::components::panel::Panel;

/// The first run as a command, with the customer's own key in it.
#[component]
pub(super) fn FirstSteps(customer: String, vendor: String, public_url: String) -> impl IntoView {
    let command = first_run(&customer, &public_url);
    view! {
        <Panel id="first-steps" title="Nothing has run yet">
            <Empty
                title="Burn your first credits"
                words=format!(
                    "As soon as {vendor} reports a run of yours, this page shows what is left, how fast it burns and what \
                     stops you next. To see it now, ask {vendor} for a metering key and report one run by hand:",
                )
            >
                <pre class="code" tabindex="0"><code>{command}</code></pre>
                <p class="buttons"><a class="button" href="/v1/docs">"Read the API's documentation"</a></p>
            </Empty>
        </Panel>
    }
}

/// Reports one run. Only the key's secret and the names of the vendor's own use case have to be filled in.
fn first_run(customer: &str, public_url: &str) -> String {
    format!(
        "export DRAWDOWN_KEY=dd_sk_…\n\
         curl {public_url}/v1/usage \\\n  \
         -H \"Authorization: Bearer $DRAWDOWN_KEY\" \\\n  \
         -H \"Content-Type: application/json\" \\\n  \
         -d '{{\"events\": [{{\"id\": \"first-run\", \"customer\": \"{customer}\", \"use_case\": \"code\",\n        \
         \"mode\": \"fast\", \"platform\": \"api\", \"quantities\": {{\"context_tokens\": \"1000\"}}}}]}}'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_the_customer_and_carries_json() {
        let command = first_run("acme", "https://credits.example");
        assert!(command.contains("https://credits.example/v1/usage"), "{command}");
        let body = command.split('\'').nth(1).unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["events"][0]["customer"], "acme");
    }
}
