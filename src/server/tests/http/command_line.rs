//! The command line: settings, refusals, secrets.

use std::time::Duration;

use crate::process::{Client, Place, until};

#[test]
fn help_is_complete() {
    let place = Place::sqlite();
    let help = place.ok(&["--help"]);
    for command in [
        "serve",
        "migrate",
        "catalogue",
        "customer",
        "member",
        "staff",
        "key",
        "verify",
        "replay",
        "openapi",
    ] {
        assert!(help.contains(&format!("  {command}")), "{command}: {help}");
        let own = place.ok(&[command, "--help"]);
        assert!(
            own.contains("--database-url") && own.contains("DATABASE_URL"),
            "{command}: {own}"
        );
        assert!(
            !own.contains("tests.db") && !own.contains(&place.database_url),
            "{command} shows the URL: {own}"
        );
    }
    let serve = place.ok(&["serve", "--help"]);
    for setting in [
        "--demo",
        "--listen",
        "--public-url",
        "--site",
        "DRAWDOWN_LISTEN",
        "DRAWDOWN_SECRET",
    ] {
        assert!(serve.contains(setting), "{setting}: {serve}");
    }
}

#[test]
fn a_wrong_setting_is_named_with_its_remedy() {
    let place = Place::sqlite();
    let cases: [(&[&str], &[&str]); 12] = [
        (&["serve", "--listen", "here"], &["--listen", "invalid"]),
        (
            &["serve", "--public-url", "credits.example"],
            &["--public-url", "https://"],
        ),
        (
            &["serve", "--site", "nowhere"],
            &["nowhere", "--site", "cargo xtask build"],
        ),
        (
            &["serve", "--clock-starts-at", "tomorrow"],
            &["--clock-starts-at", "2026-11-22T09:30:00Z"],
        ),
        (
            &["serve", "--clock-starts-at", "2027-01-01T00:00:00Z"],
            &["--clock-starts-at", "never for production", "needs --sandbox"],
        ),
        (
            &[
                "serve",
                "--demo",
                "--sandbox",
                "--clock-starts-at",
                "2027-01-01T00:00:00Z",
            ],
            &["--clock-starts-at", "takes no --demo"],
        ),
        (&["serve", "--secret", "short"], &["DRAWDOWN_SECRET", "32 characters"]),
        (
            &["migrate", "--database-url", "mysql://x"],
            &["--database-url", "sqlite:"],
        ),
        (&["migrate", "--log", "a=b=c"], &["--log", "info"]),
        (&["migrate", "--config", "none.toml"], &["--config", "none.toml"]),
        (&["catalogue", "apply", "none.toml"], &["none.toml"]),
        (
            &["key", "create", "--name", "k", "--scope", "god"],
            &["--scope", "metering, admin, read"],
        ),
    ];
    for (words, expected) in cases {
        let told = place.fails(words);
        for part in expected {
            assert!(told.contains(part), "{words:?}: {told}");
        }
    }
    std::fs::write(place.file("drawdown.toml"), "listn = \"127.0.0.1:0\"\n").unwrap();
    let told = place.fails(&["serve", "--config", "drawdown.toml"]);
    assert!(
        told.contains("listn") && told.contains("line 1") && told.contains("listen"),
        "{told}"
    );
    let output = place.command(&["migrate"]).env("DRAWDOWN_LISTN", "x").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && told.contains("did you mean DRAWDOWN_LISTEN?"),
        "{told}"
    );
}

#[test]
fn settings_come_from_the_file_too() {
    let place = Place::sqlite();
    let file = format!("database_url = \"sqlite:{}\"\n", place.file("other.db").display());
    std::fs::write(place.file("drawdown.toml"), file).unwrap();
    let output = place
        .command(&["migrate", "--config", "drawdown.toml"])
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(place.file("other.db").is_file());
}

#[test]
fn an_operator_sets_up_an_installation() {
    let place = Place::sqlite();
    let first = place.ok(&["catalogue", "apply", "catalogue.toml"]);
    assert!(
        first.contains("rate card  version 1, new") && first.contains("plan open  version 1, new"),
        "{first}"
    );
    let second = place.ok(&["catalogue", "apply", "catalogue.toml"]);
    assert!(second.contains("rate card  version 1, unchanged"), "{second}");
    std::fs::write(place.file("exported.toml"), place.ok(&["catalogue", "export"])).unwrap();
    let same = place.ok(&["catalogue", "plan", "exported.toml"]);
    assert_eq!(same.trim(), "nothing changes");
    let organization = place.ok(&["customer", "create", "acme", "--name", "Acme", "--plan", "open"]);
    assert!(organization.starts_with("org_"), "{organization}");
    let password = place.ok(&[
        "member",
        "create",
        "--customer",
        "acme",
        "--email",
        "ada@acme.example",
        "--name",
        "Ada",
        "--role",
        "owner",
    ]);
    assert!(
        password.len() == 20 && !password.contains(char::is_whitespace),
        "one line, the password alone"
    );
    let told = place.fails(&[
        "member",
        "create",
        "--customer",
        "nobody",
        "--email",
        "a@b.example",
        "--name",
        "A",
        "--role",
        "owner",
    ]);
    assert!(told.contains("no such customer"), "{told}");
    assert!(place.ok(&["customer", "list"]).starts_with("acme\topen\t0\tAcme"));
    let secret = place.ok(&["key", "create", "--name", "product", "--scope", "metering"]);
    assert!(
        secret.starts_with("dd_sk_") && secret.lines().count() == 1,
        "the secret alone"
    );
    let keys = place.ok(&["key", "list"]);
    assert!(
        keys.contains("metering\tvalid") && keys.contains("product") && !keys.contains(&secret),
        "{keys}"
    );
    let id = keys.split('\t').next().unwrap().to_owned();
    place.ok(&["key", "revoke", &id]);
    assert!(place.ok(&["key", "list"]).contains("metering\trevoked"));
    assert!(place.ok(&["verify"]).starts_with("right: 1 customers"));
}

#[test]
fn a_catalogue_with_errors_names_each_and_publishes_nothing() {
    let place = Place::sqlite();
    let broken = crate::world::CATALOGUE
        .replace("relaxed = \"0.25\"", "relaxed = \"cheap\"")
        .replace("kind = \"tier\"", "kind = \"free\"");
    std::fs::write(place.file("broken.toml"), broken).unwrap();
    let told = place.fails(&["catalogue", "apply", "broken.toml"]);
    assert!(
        told.contains("modes.relaxed") && told.contains("plans.open.kind") && told.contains("nothing was done"),
        "{told}"
    );
    assert!(
        place
            .ok(&["catalogue", "apply", "catalogue.toml"])
            .contains("version 1, new")
    );
}

#[tokio::test]
async fn on_sqlite_a_command_that_writes_is_refused_while_a_server_runs() {
    let place = Place::sqlite();
    let key = place.set_up();
    let mut server = place.serve(&[]);
    let told = place.fails(&["key", "create", "--name", "k", "--scope", "read"]);
    assert!(
        told.contains("in use by another drawdown process") && told.contains("stop that one first"),
        "{told}"
    );
    let told = place.fails(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(told.contains("in use by another drawdown process"), "{told}");
    // What only reads runs beside it.
    assert!(place.ok(&["verify"]).starts_with("right:"));
    assert!(place.ok(&["key", "list"]).contains("tests"));
    assert!(place.ok(&["catalogue", "export"]).contains("[use_cases.code]"));
    let planned = place.ok(&["catalogue", "plan", "catalogue.toml"]);
    assert_eq!(planned.trim(), "nothing changes");
    let told = place.fails(&["catalogue", "apply", "catalogue.toml"]);
    assert!(told.contains("in use by another drawdown process"), "{told}");
    Client::new(&server.url, &key).get("/v1/customers").await;
    assert!(server.stop() < Duration::from_secs(10));
    place.ok(&["key", "create", "--name", "k", "--scope", "read"]);
}

#[tokio::test]
async fn the_port_is_named_where_it_is_taken() {
    let place = Place::sqlite();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let told = place.fails(&["serve", "--listen", &address]);
    assert!(
        told.contains("--listen") && told.contains(&address) && told.contains("another address or port"),
        "{told}"
    );
}

#[tokio::test]
async fn the_site_is_served_with_its_caching() {
    let place = Place::sqlite();
    let server = place.serve(&[]);
    let get = async |path: &str| reqwest::get(format!("{}{path}", server.url)).await.unwrap();
    drawdown_server::cli::install_tls();
    let style = get("/pkg/a.css").await;
    assert_eq!(style.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(style.headers()["x-content-type-options"], "nosniff");
    assert_eq!(style.text().await.unwrap(), "body { color: red }");
    let http = reqwest::Client::new();
    let brotli = http
        .get(format!("{}/pkg/a.css", server.url))
        .header("accept-encoding", "br")
        .send()
        .await
        .unwrap();
    assert_eq!(brotli.headers()["content-encoding"], "br");
    assert_eq!(brotli.headers()["content-type"], "text/css");
    assert_eq!(brotli.text().await.unwrap(), "compressed");
    assert_eq!(get("/pkg/none.css").await.status(), 404);
    assert_eq!(get("/pkg/../manifest.json").await.status(), 404);
    assert_eq!(get("/manifest.json").await.status(), 404);
    assert_eq!(
        get("/robots.txt").await.headers()["cache-control"],
        "public, max-age=3600"
    );
    let login = get("/login").await;
    assert_eq!(login.status(), 200);
    assert!(
        login.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("frame-ancestors 'none'")
    );
}

#[tokio::test]
async fn holds_end_by_themselves_while_the_server_runs() {
    let place = Place::sqlite();
    let key = place.set_up();
    let server = place.serve(&[]);
    let client = Client::new(&server.url, &key);
    client.customer("acme", "10").await;
    let ask = serde_json::json!({"customer": "acme", "use_case": "image", "quantity": 4, "ttl_s": 1});
    client.post("/v1/authorize", &ask).await;
    assert_eq!(client.get("/v1/customers/acme").await["held"], "4");
    until(async || client.get("/v1/customers/acme").await["held"] == "0").await;
    assert_eq!(client.get("/v1/customers/acme").await["balance"], "10");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    use sqlx::Connection as _;

    let place = Place::sqlite();
    place.ok(&["migrate"]);
    let mut connection = sqlx::SqliteConnection::connect(&place.database_url).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (99991231000000, 'from the future', 1, x'00', 0)";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    for words in [&["migrate"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let told = place.fails(words);
        assert!(told.contains("made by a newer drawdown"), "{told}");
    }
}

#[test]
fn a_database_that_is_not_there_is_named() {
    let place = Place::sqlite();
    let told = place.fails(&["verify"]);
    assert!(
        told.contains("--database-url") && told.contains("drawdown migrate"),
        "{told}"
    );
}
