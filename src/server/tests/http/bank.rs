//! The bank test: sixty-four clients move credits through one server on SQLite and three on PostgreSQL; snapshots taken
//! meanwhile, each of one unchanging state of the database, conserve credits and honour every limit, and `verify` agrees.
//!
//! Four customers meet one limit each: few credits, caps, a throttle, and none. Between the last and a fifth credits are
//! moved: voided here, granted there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::crash::{Database, rows, seed};
use crate::fresh_postgres::fresh_postgres;
use crate::process::{Client, Place, Server};

const CLIENTS: usize = 64;
/// Requests of each client in every test run; `cargo xtask crash` asks for more.
const REQUESTS: usize = 10;

/// Credits of the customer that runs out of them.
const FEW: i64 = 200;
/// Credits that the capped customer may use in all, and each of its subjects.
const CAP: i64 = 150;
const CAP_A_SUBJECT: i64 = 40;
/// Runs that the throttled customer may start at once; one more each quarter of an hour.
const BURST: i64 = 60;
const RUNS_A_DAY: i64 = 96;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn credits_are_conserved_and_limits_honoured_on_sqlite() {
    let place = Place::sqlite();
    bank(&place, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn credits_are_conserved_and_limits_honoured_on_postgresql_with_three_servers() {
    let Some(url) = fresh_postgres().await else { return };
    bank(&Place::on(url), 3).await;
}

async fn bank(place: &Place, count: usize) {
    let mut random = StdRng::seed_from_u64(seed());
    let requests = std::env::var("DRAWDOWN_BANK_REQUESTS").map_or(REQUESTS, |count| count.parse().unwrap());
    let secret = place.set_up();
    let servers: Vec<Server> = (0..count).map(|_| place.serve(&["--log", "error"])).collect();
    let clients: Vec<Client> = servers.iter().map(|server| Client::new(&server.url, &secret)).collect();
    open_accounts(&clients[0]).await;
    let mut tasks = JoinSet::new();
    for number in 0..CLIENTS {
        let teller = Teller {
            client: clients[number % count].clone(),
            random: StdRng::seed_from_u64(random.random()),
            number,
            holds: Vec::new(),
            tally: Tally::default(),
        };
        tasks.spawn(teller.run(requests));
    }
    let busy = Arc::new(AtomicBool::new(true));
    let auditor = tokio::spawn(audit(place.database_url.clone(), clients[0].clone(), busy.clone()));
    let mut verified = 0;
    let mut tally = Tally::default();
    // The product's own proof runs beside the traffic, too.
    while !tasks.is_empty() {
        let told = place.command(&["verify"]).output().unwrap();
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(told.starts_with("right:"), "{told}");
        verified += 1;
        while let Some(done) = tasks.try_join_next() {
            tally.add(&done.unwrap());
        }
    }
    busy.store(false, Ordering::SeqCst);
    let snapshots = auditor.await.unwrap();
    eprintln!("{count} servers: {snapshots} snapshots, {verified} times verified, {tally:?}");
    settle(&clients[0], &place.database_url, &tally).await;
    assert!(place.ok(&["verify"]).starts_with("right:"));
}

async fn open_accounts(client: &Client) {
    client.customer("bank-few", &FEW.to_string()).await;
    for customer in ["bank-capped", "bank-throttled", "bank-free", "bank-vault"] {
        client.customer(customer, "100000").await;
    }
    let cap = json!({"window": "lifetime", "credits": CAP.to_string()});
    client.put("/v1/customers/bank-capped/caps/all", &cap).await;
    let cap = json!({"scope": {"each": "subject"}, "window": "day", "credits": CAP_A_SUBJECT.to_string()});
    client.put("/v1/customers/bank-capped/caps/each", &cap).await;
    let throttle = json!({"requests": RUNS_A_DAY, "per": "day", "burst": BURST});
    client
        .put("/v1/customers/bank-throttled/throttles/steady", &throttle)
        .await;
}

/// What the clients saw.
#[derive(Clone, Debug, Default)]
struct Tally {
    allowed: i64,
    refused: i64,
    /// Micro-credits voided here and granted there.
    moved: i64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.allowed += other.allowed;
        self.refused += other.refused;
        self.moved += other.moved;
    }
}

/// One client.
struct Teller {
    client: Client,
    random: StdRng,
    number: usize,
    holds: Vec<(String, u32)>,
    tally: Tally,
}

impl Teller {
    async fn run(mut self, requests: usize) -> Tally {
        for request in 0..requests {
            match self.random.random_range(0..10) {
                0 => self.record(request).await,
                1 if self.number.is_multiple_of(8) => self.transfer(request).await,
                1..4 if !self.holds.is_empty() => self.end_a_hold().await,
                _ => self.authorize().await,
            }
        }
        self.tally
    }

    async fn authorize(&mut self) {
        let customers = ["bank-few", "bank-capped", "bank-throttled", "bank-free"];
        let customer = customers[self.random.random_range(0..customers.len())];
        let images = self.random.random_range(1..=6);
        let subject = format!("s{}", self.random.random_range(0..6));
        let run = json!({"customer": customer, "use_case": "image", "quantity": images, "subject": subject});
        let decision = self.client.post("/v1/authorize", &run).await;
        if let Some(hold) = decision["hold"]["id"].as_str() {
            self.tally.allowed += 1;
            self.holds.push((hold.to_owned(), images));
        } else {
            self.tally.refused += 1;
        }
    }

    async fn end_a_hold(&mut self) {
        let choice = self.random.random_range(0..self.holds.len());
        let (hold, images) = self.holds.swap_remove(choice);
        if self.random.random_ratio(1, 3) {
            self.client.post(&format!("/v1/holds/{hold}/release"), &json!({})).await;
        } else {
            let used = json!({"quantity": self.random.random_range(0..=images)});
            self.client.post(&format!("/v1/holds/{hold}/capture"), &used).await;
        }
    }

    /// Usage without a hold, which no limit may refuse: of the customer that has none.
    async fn record(&mut self, request: usize) {
        let events: Vec<Value> = (0..self.random.random_range(1..5))
            .map(|event| {
                let id = format!("bank-{}-{request}-{event}", self.number);
                json!({"id": id, "customer": "bank-free", "use_case": "image", "quantity": 1})
            })
            .collect();
        self.client.post("/v1/usage", &json!({ "events": events })).await;
    }

    /// Grants a few credits to one customer, voids them, and grants what was left to another.
    async fn transfer(&mut self, request: usize) {
        let credits = self.random.random_range(1..50);
        // Burned last, so that most of it is still there.
        let grant = json!({"kind": "purchase", "credits": credits, "priority": 900});
        let grant = self.client.post("/v1/customers/bank-free/grants", &grant).await;
        let path = format!("/v1/customers/bank-free/grants/{}/void", grant["id"].as_str().unwrap());
        let reason = format!("moved by {} in {request}", self.number);
        let voided = self.client.post(&path, &json!({ "reason": reason })).await;
        let credits = voided["voided"].as_str().unwrap();
        self.tally.moved += micros(credits);
        if micros(credits) > 0 {
            let grant = json!({"kind": "commitment", "credits": credits, "note": reason});
            self.client.post("/v1/customers/bank-vault/grants", &grant).await;
        }
    }
}

fn micros(credits: &str) -> i64 {
    let credits: rust_decimal::Decimal = credits.parse().unwrap();
    i64::try_from(credits * rust_decimal::Decimal::from(1_000_000)).unwrap()
}

/// The books of all customers in one statement, and so in one state of the database.
const BOOKS: &str = "SELECT o.key, o.owed, o.forgiven,
    (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM credit_grant g WHERE g.organization_id = o.id),
    (SELECT CAST(COALESCE(SUM(remaining), 0) AS BIGINT) FROM credit_grant g WHERE g.organization_id = o.id),
    (SELECT CAST(COALESCE(SUM(held), 0) AS BIGINT) FROM credit_grant g WHERE g.organization_id = o.id),
    (SELECT CAST(COALESCE(SUM(burned), 0) AS BIGINT) FROM credit_grant g WHERE g.organization_id = o.id),
    (SELECT CAST(COALESCE(SUM(voided), 0) AS BIGINT) FROM credit_grant g WHERE g.organization_id = o.id),
    (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM credit_grant g
        WHERE g.organization_id = o.id AND kind = 'commitment'),
    (SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM hold h WHERE h.organization_id = o.id AND state = 'open'),
    (SELECT COUNT(*) FROM hold h WHERE h.organization_id = o.id),
    (SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM usage_event e WHERE e.organization_id = o.id),
    (SELECT CAST(COALESCE(MAX(s.total), 0) AS BIGINT) FROM (SELECT subject, SUM(c) AS total FROM
        (SELECT subject, credits AS c, organization_id FROM hold WHERE state = 'open'
         UNION ALL SELECT subject, credits, organization_id FROM usage_event) u
        WHERE u.organization_id = o.id GROUP BY subject) s)
    FROM organization o WHERE o.key LIKE $1 ORDER BY o.key";

/// One customer's line of [`BOOKS`], in micro-credits.
#[derive(Debug)]
struct Book {
    key: String,
    owed: i64,
    forgiven: i64,
    granted: i64,
    remaining: i64,
    held: i64,
    burned: i64,
    voided: i64,
    moved_in: i64,
    open: i64,
    runs: i64,
    used: i64,
    most_of_a_subject: i64,
}

async fn books(database: &Database) -> Vec<Book> {
    rows!(database, BOOKS, "bank-%", |row| Book {
        key: row.get(0),
        owed: row.get(1),
        forgiven: row.get(2),
        granted: row.get(3),
        remaining: row.get(4),
        held: row.get(5),
        burned: row.get(6),
        voided: row.get(7),
        moved_in: row.get(8),
        open: row.get(9),
        runs: row.get(10),
        used: row.get(11),
        most_of_a_subject: row.get(12),
    })
}

/// Asserts what must hold in every state of the database.
fn check(books: &[Book]) {
    for book in books {
        assert_eq!(
            book.granted,
            book.remaining + book.held + book.burned + book.voided,
            "{book:?}"
        );
        assert_eq!(book.held, book.open, "{book:?}");
        assert_eq!(book.used, book.burned + book.owed + book.forgiven, "{book:?}");
        let bound = book.used + book.open;
        match book.key.as_str() {
            "bank-few" => assert!(bound <= FEW * 1_000_000, "{book:?}"),
            "bank-capped" => {
                assert!(bound <= CAP * 1_000_000, "{book:?}");
                assert!(book.most_of_a_subject <= CAP_A_SUBJECT * 1_000_000, "{book:?}");
            }
            // The run lasts for less than half an hour.
            "bank-throttled" => assert!(book.runs <= BURST + 2, "{book:?}"),
            _ => {}
        }
    }
    // What is on its way is in neither account; nothing is ever in both.
    let sum = |of: fn(&Book) -> i64| books.iter().map(of).sum::<i64>();
    assert!(sum(|book| book.moved_in) <= sum(|book| book.voided), "{books:?}");
}

/// Takes snapshots for as long as there is traffic; says how many.
async fn audit(url: String, client: Client, busy: Arc<AtomicBool>) -> usize {
    let database = Database::open(&url).await;
    let mut snapshots = 0;
    while busy.load(Ordering::SeqCst) || snapshots == 0 {
        check(&books(&database).await);
        let few = client.get("/v1/customers/bank-few").await;
        let (balance, held) = (few["balance"].as_str().unwrap(), few["held"].as_str().unwrap());
        assert!(
            micros(balance) >= 0 && micros(balance) + micros(held) <= FEW * 1_000_000,
            "{few:#}"
        );
        snapshots += 1;
    }
    snapshots
}

/// When all is done: the books are as the clients were told, and the limits were met, not just never reached.
async fn settle(client: &Client, url: &str, tally: &Tally) {
    let database = Database::open(url).await;
    let books = books(&database).await;
    check(&books);
    let sum = |of: fn(&Book) -> i64| books.iter().map(of).sum::<i64>();
    assert_eq!(sum(|book| book.runs), tally.allowed);
    assert_eq!(sum(|book| book.moved_in), tally.moved);
    assert_eq!(sum(|book| book.voided), tally.moved);
    assert!(tally.refused > 0);
    for customer in ["bank-few", "bank-capped", "bank-throttled"] {
        let run = json!({"customer": customer, "use_case": "image", "quantity": 60});
        let mut refused = false;
        for _ in 0..BURST {
            refused |= client.post("/v1/authorize", &run).await["allowed"] == false;
        }
        assert!(refused, "{customer} meets its limit");
    }
    check(&self::books(&database).await);
}
