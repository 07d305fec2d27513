//! `drawdown serve`: opens everything, in the order in which it can fail, and runs until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use drawdown_app::{AppState, Assets};
use drawdown_service::{Randomness, Service, ServiceSettings};
use drawdown_store::{Access, Clock, Store};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::settings::{Settings, VENDOR_DEFAULT};
use super::{CliError, open, print};
use crate::api::time;
use crate::config::{
    ClockStart, DATABASE_URL_DEFAULT, DEMO_DATABASE_URL_DEFAULT, LISTEN_DEFAULT, PublicUrl, check_secret,
};
use crate::demo;
use crate::hex::hex;
use crate::http::admission::REQUESTS_MAX_DEFAULT;
use crate::http::connections::{CLIENTS_MAX_DEFAULT, Connections};
use crate::http::sessions::Sessions;
use crate::http::shutdown::Shutdown;
use crate::http::{self, Routers, site};
use crate::jobs;

/// How long requests under way may take after the signal to stop.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// How long jobs, the ledger's queue and the connections to the database may take after that. Where the database does not
/// answer, the process still ends: what was not acknowledged is found whole or not at all.
const CLOSE_WITHIN: Duration = Duration::from_millis(1_500);

/// What `drawdown serve` takes.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Fill an empty database with demo data, play usage live, and print sign-ins
    #[arg(long, env = "DRAWDOWN_DEMO")]
    demo: bool,
    /// With --demo: play no usage, so that figures stand still
    #[arg(long, env = "DRAWDOWN_DEMO_STILL")]
    demo_still: bool,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT", env = "DRAWDOWN_LISTEN")]
    listen: Option<SocketAddr>,
    /// Where browsers reach this server [default: http:// and the address it listens on]
    #[arg(long, value_name = "URL", env = "DRAWDOWN_PUBLIC_URL")]
    public_url: Option<PublicUrl>,
    /// Most requests under way at once to /v1, as many to the pages, and as many from payment providers: further ones are refused at once [default: 4096]
    #[arg(long, value_name = "N", env = "DRAWDOWN_REQUESTS_MAX", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    requests_max: Option<u32>,
    /// Most connections of clients and browsers at once: beyond them probes alone are answered [default: 8192]
    #[arg(long, value_name = "N", env = "DRAWDOWN_CLIENTS_MAX", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    clients_max: Option<u32>,
    /// Folder with the site's files; the first that is one counts [default: site, beside the binary]
    #[arg(long, value_name = "DIR", env = "DRAWDOWN_SITE", value_delimiter = ',')]
    site: Vec<PathBuf>,
    /// Secret of at least 32 characters, the same for all processes on one database; better given by environment or
    /// file [default: a new one each time]
    #[arg(long, value_name = "SECRET", env = "DRAWDOWN_SECRET", hide_env_values = true)]
    secret: Option<SecretString>,
    /// Offer the built-in payment provider for trying: its payments cost nothing (always on with --demo)
    #[arg(long, env = "DRAWDOWN_SANDBOX")]
    sandbox: bool,
    /// To try out terms, never in production: the clock shows this instant at the start and goes on from there, so that a
    /// month passes by starting again. Needs --sandbox, and takes no --demo [default: the machine's clock]
    #[arg(long, value_name = "INSTANT", env = "DRAWDOWN_CLOCK_STARTS_AT")]
    clock_starts_at: Option<ClockStart>,
}

/// What a server needs to know, settled.
struct Plan {
    demo: bool,
    demo_still: bool,
    listen: SocketAddr,
    public_url: Option<PublicUrl>,
    requests_max: u32,
    clients_max: u32,
    site: PathBuf,
    secret: SecretString,
    sandbox: bool,
    clock: Clock,
}

impl ServeArgs {
    fn resolve(self, settings: &mut Settings) -> Result<Plan, CliError> {
        let file = &mut settings.file;
        let demo = self.demo || file.demo.unwrap_or(false);
        let listen = self.listen.or(file.listen);
        let listen = listen.map_or_else(|| LISTEN_DEFAULT.parse().map_err(|_| LISTEN_DEFAULT.to_owned()), Ok);
        let named = if self.site.is_empty() {
            file.site.take().unwrap_or_default()
        } else {
            self.site
        };
        let secret = self.secret.or(file.secret.take());
        if let Some(secret) = &secret {
            check_secret(secret)?;
        }
        let sandbox = self.sandbox || file.sandbox.unwrap_or(false);
        let clock = clock(self.clock_starts_at.or(file.clock_starts_at), sandbox, demo)?;
        Ok(Plan {
            demo,
            demo_still: self.demo_still || file.demo_still.unwrap_or(false),
            listen: listen.map_err(CliError::Refused)?,
            public_url: self.public_url.or(file.public_url.take()),
            requests_max: self.requests_max.or(file.requests_max).unwrap_or(REQUESTS_MAX_DEFAULT),
            clients_max: self.clients_max.or(file.clients_max).unwrap_or(CLIENTS_MAX_DEFAULT),
            site: site::find(&named)?,
            secret: secret.unwrap_or_else(random_secret),
            sandbox: demo || sandbox,
            clock,
        })
    }
}

/// The clock of everything that the server does. One that was set is for trying: where money is real, it is refused.
fn clock(starts_at: Option<ClockStart>, sandbox: bool, demo: bool) -> Result<Clock, CliError> {
    let Some(start) = starts_at else {
        return Ok(Clock::system());
    };
    if demo || !sandbox {
        let message = "--clock-starts-at is for trying out terms, never for production: it needs --sandbox, where payments \
                       cost nothing, and takes no --demo";
        return Err(CliError::Refused(message.to_owned()));
    }
    let start = start.instant();
    tracing::warn!(
        from = time::format(start),
        "the clock is set by --clock-starts-at: what is due by then happens now. Never in production"
    );
    Ok(Clock::starting_at(start))
}

/// Runs the server.
pub(super) async fn run(args: ServeArgs, mut settings: Settings) -> Result<ExitCode, CliError> {
    let shared_secret = args.secret.is_some() || settings.file.secret.is_some();
    let plan = args.resolve(&mut settings)?;
    let assets = Assets::read(&plan.site)?;
    let listener = listen(plan.listen).await?;
    let address = listener.local_addr().map_err(|source| CliError::Listen {
        address: plan.listen,
        source,
    })?;
    let connections = Connections::new(listener, plan.clients_max).map_err(CliError::Serve)?;
    let public_url = plan
        .public_url
        .clone()
        .unwrap_or_else(|| PublicUrl::of_listener(address));

    let url = settings.database_url_or(if plan.demo {
        DEMO_DATABASE_URL_DEFAULT
    } else {
        DATABASE_URL_DEFAULT
    });
    let service_settings = service_settings(&settings, &plan, &public_url);
    let logins = if plan.demo {
        demo::seed(url.expose_secret(), service_settings.clone()).await?
    } else {
        Vec::new()
    };
    let store = open::store(&url, &settings, Access::ReadWrite, plan.clock.clone()).await?;
    store.migrate().await?;
    if store.engine() == "postgres" && !shared_secret {
        tracing::warn!("DRAWDOWN_SECRET is not set: a second process on this database would not know this one's links");
    }
    let sessions = Sessions::open(store.sessions_url()).await?;
    let service = Service::new(
        store.clone(),
        service_settings,
        plan.clock.clone(),
        Randomness::system(),
    );

    let shutdown = Shutdown::default();
    shutdown.on_signal();
    let state =
        AppState::new(service.clone(), assets, &derived(&plan.secret, "links")).with_demo_logins(logins.clone());
    let routers = http::routers(http::Parts {
        service: service.clone(),
        store: store.clone(),
        sessions: sessions.clone(),
        pages: drawdown_app::router(state),
        site: site::router(&plan.site, &["/favicon.svg"])?,
        public_url: public_url.clone(),
        shutdown: shutdown.clone(),
        requests_max: plan.requests_max,
    });
    let mut work = jobs::start(&service, &sessions, &shutdown);
    print(&format!("Drawdown is at {public_url}"))?;
    if plan.demo {
        let keys = demo::keys(&service).await?;
        print(&demo::welcome(&public_url, &logins, &keys))?;
        if !plan.demo_still {
            let (url, stop) = (loopback(address), shutdown.clone());
            work.spawn(demo::play(url, keys.player, service.clone(), stop));
        }
    }
    answer(connections, routers, &shutdown).await;
    close(work, &store).await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Lets jobs end and the ledger write what it has, for a while.
async fn close(mut work: JoinSet<()>, store: &Store) {
    let close = async {
        while work.join_next().await.is_some() {}
        store.close().await;
    };
    if tokio::time::timeout(CLOSE_WITHIN, close).await.is_err() {
        tracing::warn!("the database does not answer: what waits for it is given up");
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| CliError::Listen { address, source })
}

fn service_settings(settings: &Settings, plan: &Plan, public_url: &PublicUrl) -> ServiceSettings {
    let sandbox_secret = plan
        .sandbox
        .then(|| SecretString::from(hex(&derived(&plan.secret, "sandbox payments"))));
    let vendor = if plan.demo && settings.vendor == VENDOR_DEFAULT {
        drawdown_service::demo::VENDOR.to_owned()
    } else {
        settings.vendor.clone()
    };
    ServiceSettings {
        vendor,
        public_url: public_url.to_string(),
        sandbox_secret,
        adjustment_limit_credits: settings.adjustment_limit,
    }
}

/// Answers requests until the server is told to stop, and then those under way for some seconds at most.
async fn answer(connections: Connections, routers: Routers, shutdown: &Shutdown) {
    let late = async {
        shutdown.begun().await;
        tokio::time::sleep(ANSWER_WITHIN).await;
    };
    tokio::select! {
        () = connections.serve(routers.all, routers.full, shutdown) => {}
        () = late => tracing::warn!("some requests were not answered in time and are given up"),
    }
}

/// A secret for one purpose, out of the one that is set.
fn derived(secret: &SecretString, purpose: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"drawdown secret 1\0")
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(secret.expose_secret())
        .finalize()
        .into()
}

fn random_secret() -> SecretString {
    let bytes: [u8; 32] = Randomness::system().bytes();
    SecretString::from(hex(&bytes))
}

/// The address by which this machine reaches the server.
fn loopback(address: SocketAddr) -> String {
    PublicUrl::of_listener(address).to_string()
}
