//! The pages of ten customers with ten million events between them, against ten with a hundred thousand; and a simulation
//! on the usage of those with many.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::simulation;
use crate::bench::{Bench, WARM_UP, tell};
use crate::figures::{Required, shown};
use crate::installation::Installation;
use crate::load;
use crate::machine;
use crate::options::Line;
use crate::reader;
use crate::report::Figure;
use crate::seed;
use crate::traffic::{self, Novelty, Pages, Usage};

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
    if bench.options.wants(Line::Pages) {
        pages(bench, &dashboards).await?;
    }
    if let Some(many) = dashboards.last().filter(|_| bench.options.wants(Line::Simulation)) {
        simulation::run(bench, &many.installation, many.events).await?;
    }
    Ok(())
}

async fn pages(bench: &mut Bench, dashboards: &[Dashboard]) -> Result<()> {
    for _ in bench.rounds() {
        for path in PATHS {
            for dashboard in dashboards {
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
    if let [few, many] = dashboards {
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
                bench.options.seed_seconds,
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
            cookies.push(reader::member(&installation, number).await?);
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
