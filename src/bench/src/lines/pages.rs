//! The pages of ten customers with ten million events between them, against ten with a hundred thousand.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::bench::{Bench, WARM_UP, tell};
use crate::figures::{Required, shown};
use crate::http::{Connection, form_request};
use crate::installation::Installation;
use crate::load;
use crate::machine;
use crate::report::Figure;
use crate::seed;
use crate::traffic::{self, Novelty, Pages, Usage, customer};

const CUSTOMERS: u64 = 10;
/// Connections that report the usage beforehand.
const CONNECTIONS: usize = 16;
const EVENTS_FEW: u64 = 100_000;
/// Over how many days events are spread.
const DAYS: i64 = 89;
const PATHS: [&str; 4] = ["/overview", "/usage", "/usage?range=90&group=subject", "/credits"];
const REQUIRED: Required = Required::AtMost(1.5);

/// A database with its pages' readers.
struct Dashboard {
    installation: Installation,
    events: u64,
    cookies: Vec<String>,
}

pub(super) async fn run(bench: &mut Bench) -> Result<()> {
    let limit = Duration::from_secs(u64::from(bench.options.seed_seconds));
    let many = bench.options.events;
    let mut dashboards = Vec::new();
    for (name, events) in [("pages_few", EVENTS_FEW.min(many / 10)), ("pages_many", many)] {
        tell(&format!("pages: reporting {} events", shown(events as f64)));
        dashboards.push(Dashboard::prepare(bench, name, events, limit).await?);
    }
    for _ in bench.rounds() {
        for path in PATHS {
            for dashboard in &dashboards {
                let traffic = Rc::new(Pages::new(path, &dashboard.cookies));
                let load = load::closed(
                    vec![dashboard.installation.address],
                    1,
                    WARM_UP / 2,
                    bench.span() / 2,
                    traffic,
                );
                bench.sample(&dashboard.contestant(path), "pages/s", load).await?;
            }
        }
    }
    if let [few, many] = &dashboards[..] {
        for path in PATHS {
            let what = format!(
                "{path}, p95 with {} events against {}",
                shown(many.events as f64),
                shown(few.events as f64)
            );
            let pair = (many.contestant(path), few.contestant(path));
            bench.report.compare(&what, (&pair.0, &pair.1), Figure::P95, REQUIRED);
        }
        if many.events < bench.options.events {
            let sentence = format!(
                "Within {} s {} of {} events could be reported; pages were measured with those.",
                limit.as_secs(),
                shown(many.events as f64),
                shown(bench.options.events as f64)
            );
            bench.report.remark(sentence);
        }
    }
    Ok(())
}

impl Dashboard {
    async fn prepare(bench: &Bench, name: &str, events: u64, limit: Duration) -> Result<Self> {
        let installation = bench.on_postgres(name).await?;
        seed::customers(&installation, CUSTOMERS).await?;
        let times: Result<Rc<[String]>> = (0..DAYS * 24).map(machine::hours_ago).collect();
        let batches = 0..events.div_ceil(traffic::EVENTS);
        let usage = Usage::new(&installation.key, CUSTOMERS, times?, batches, Novelty::Fresh);
        let reported = load::times(installation.address, CONNECTIONS, limit, Rc::new(usage)).await?;
        let mut cookies = Vec::new();
        for number in 0..CUSTOMERS {
            cookies.push(sign_in(&installation, number).await?);
        }
        Ok(Self {
            installation,
            events: reported.units,
            cookies,
        })
    }

    fn contestant(&self, path: &str) -> String {
        format!("{path}, {} events", shown(self.events as f64))
    }
}

/// Makes a member of a customer and signs in; gives the session's cookie.
async fn sign_in(installation: &Installation, number: u64) -> Result<String> {
    let key = customer(number);
    let email = format!("reader@{key}.example");
    let words = [
        "member",
        "create",
        "--customer",
        &key,
        "--email",
        &email,
        "--name",
        "Reader",
        "--role",
        "viewer",
    ];
    let password = installation.answer(&words)?;
    let form = format!("email={}&password={password}", email.replace('@', "%40"));
    let mut connection = Connection::open(installation.address).await?;
    let answer = connection.exchange(&form_request("/actions/sign-in", &form)).await?;
    let answer = answer.expect(&[302, 303])?;
    let cookie = answer.header("set-cookie").context("signing in gives a cookie")?;
    Ok(cookie.split(';').next().unwrap_or(cookie).to_owned())
}
