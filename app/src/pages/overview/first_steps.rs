//! What an organization sees before its first usage: the next step, ready to run.

use drawdown_domain::Key;
use drawdown_domain::catalogue::Rates;
use leptos::prelude::*;
use serde_json::{Map, json};

use crate::components::panel::Panel;

/// A run that the customer could report: the first use case of the rate card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FirstRun {
    /// Where the API is.
    pub(crate) public_url: String,
    /// The vendor's key for the customer.
    pub(crate) customer: Key,
    /// What runs and how much of it, as the API takes it.
    pub(crate) run: Map<String, serde_json::Value>,
}

impl FirstRun {
    /// Of the prices in force.
    pub(crate) fn new(public_url: &str, customer: &Key, rates: &Rates) -> Self {
        let mut run = Map::new();
        if let Some((key, use_case)) = rates.use_cases.first_key_value() {
            run.insert("use_case".to_owned(), json!(key));
            if let Some(mode) = use_case.ladder.first().or(rates.modes.keys().next()) {
                run.insert("mode".to_owned(), json!(mode));
            }
            if let Some(platform) = rates.platforms.keys().next() {
                run.insert("platform".to_owned(), json!(platform));
            }
            let quantities: Map<_, _> = use_case
                .meters
                .keys()
                .map(|meter| (meter.to_string(), json!("1")))
                .collect();
            run.insert("quantities".to_owned(), quantities.into());
        }
        Self {
            public_url: public_url.to_owned(),
            customer: customer.clone(),
            run,
        }
    }

    /// The command. Only the key's secret has to be filled in.
    pub(crate) fn command(&self) -> String {
        let mut event = Map::new();
        event.insert("id".to_owned(), json!("first-run"));
        event.insert("customer".to_owned(), json!(self.customer));
        event.extend(self.run.clone());
        let fields: Vec<String> = event
            .iter()
            .map(|(name, value)| format!("    \"{name}\": {value}"))
            .collect();
        format!(
            "export DRAWDOWN_KEY=dd_sk_…\n\
             curl {}/v1/usage \\\n  \
             -H \"Authorization: Bearer $DRAWDOWN_KEY\" \\\n  \
             -H \"Content-Type: application/json\" \\\n  \
             -d '{{\"events\": [{{\n{}\n  }}]}}'",
            self.public_url,
            fields.join(",\n"),
        )
    }
}

/// The panel.
#[component]
pub(super) fn FirstSteps(first_run: FirstRun, vendor: String) -> impl IntoView {
    let command = first_run.command();
    view! {
        <Panel id="first-steps" title="Burn your first credits">
            <p class="reading">
                {format!(
                    "As soon as {vendor} reports a run of yours, this page shows what is left, how fast it burns and what stops \
                     you next. To see it now, ask {vendor} for a metering key and report one run by hand:",
                )}
            </p>
            <pre class="code" tabindex="0" role="region" aria-label="Command that reports one run"><code>{command}</code></pre>
            <p class="buttons"><a class="button" href="/v1/docs">"Read the API's documentation"</a></p>
        </Panel>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drawdown_domain::catalogue::{Rate, UseCase};

    #[test]
    fn the_command_reports_a_run_that_the_rate_card_prices() {
        let key = |text: &str| text.parse::<Key>().unwrap();
        let rate = Rate::flat("2".parse().unwrap(), "1".parse().unwrap());
        let use_case = UseCase {
            name: "Image render".to_owned(),
            ladder: vec![key("fast"), key("relaxed")],
            meters: [(key("images"), rate)].into(),
            ..UseCase::default()
        };
        let rates = Rates {
            modes: [(key("fast"), "1".parse().unwrap())].into(),
            platforms: [(key("web"), "1".parse().unwrap())].into(),
            use_cases: [(key("render"), use_case)].into(),
        };
        let command = FirstRun::new("https://credits.example", &key("acme"), &rates).command();
        assert!(command.contains("https://credits.example/v1/usage"), "{command}");
        let body = command.split('\'').nth(1).unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let expected = json!({
            "id": "first-run", "customer": "acme", "use_case": "render", "mode": "fast", "platform": "web",
            "quantities": { "images": "1" },
        });
        assert_eq!(body["events"][0], expected);
    }
}
