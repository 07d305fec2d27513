//! A connection that is lost at the commit: the ledger finds out what became of it before it does anything again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use drawdown_domain::outcome::Outcome;
use drawdown_domain::request::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::world::{World, authorize, credits, decision, drop_database, key, new_grant, open_store};
use crate::Store;

/// Lets everything through.
const OPEN: u8 = 0;
/// Cuts the connection at the next commit, which the server does not get.
const CUT_BEFORE: u8 = 1;
/// Cuts the connection after the next commit, whose answer the client does not get.
const CUT_AFTER: u8 = 2;
/// The commit of a transaction that was begun.
const COMMIT: &[u8] = b"COMMIT\0";
/// A statement that is a transaction by itself, by what it writes.
const SUBJECT: &str = "cut-here";

/// A proxy before PostgreSQL that cuts a connection at the commit, once it is told to.
async fn proxy(server: String, mode: Arc<AtomicU8>, commit: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(pass(client, server, mode.clone(), commit));
        }
    });
    port
}

async fn pass(mut client: TcpStream, mut server: TcpStream, mode: Arc<AtomicU8>, commit: &'static [u8]) {
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(read @ 1..) = read else { return };
                let is_commit = up[..read].windows(commit.len()).any(|text| text == commit);
                let cut = if is_commit { mode.swap(OPEN, Ordering::SeqCst) } else { OPEN };
                if cut == CUT_BEFORE {
                    return;
                }
                server.write_all(&up[..read]).await.unwrap();
                if cut == CUT_AFTER {
                    // The server has carried it out once it answers; nobody hears the answer.
                    let _ = server.read(&mut down).await;
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(read @ 1..) = read else { return };
                if client.write_all(&down[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// A store that reaches the world's database through a proxy.
async fn through_a_proxy(world: &World, mode: &Arc<AtomicU8>, commit: &'static [u8]) -> Store {
    let (scheme, rest) = world.url.split_once("://").unwrap();
    let (authority, database) = rest.split_once('/').unwrap();
    let (user, server) = authority.rsplit_once('@').unwrap();
    let port = proxy(server.to_owned(), mode.clone(), commit).await;
    open_store(&format!("{scheme}://{user}@127.0.0.1:{port}/{database}"), &world.clock).await
}

async fn grant_through_a_cut(cut: u8) {
    let Some(world) = World::postgres().await else { return };
    let organization = world.organization("acme").await;
    let mode = Arc::new(AtomicU8::new(OPEN));
    let store = through_a_proxy(&world, &mode, COMMIT).await;
    for number in 1..=3 {
        mode.store(cut, Ordering::SeqCst);
        let request = Request::AddGrant(Box::new(new_grant("10", world.clock.now())));
        let outcome = store.ledger().submit(organization, request, None).await;
        assert!(matches!(&outcome, Ok(Outcome::Grant(_))), "{outcome:?}");
        assert_eq!(mode.load(Ordering::SeqCst), OPEN, "the connection was cut");
        let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
        assert_eq!(
            balance.granted.micros(),
            number * credits("10").micros(),
            "once, neither lost nor doubled"
        );
    }
    world.assert_clean().await;
    drop_database(&world.url).await;
}

async fn authorize_through_a_cut(cut: u8) {
    let Some(world) = World::postgres().await else { return };
    let organization = world.organization("acme").await;
    world.grant(organization, "1000").await;
    let mode = Arc::new(AtomicU8::new(OPEN));
    let store = through_a_proxy(&world, &mode, SUBJECT.as_bytes()).await;
    // Until it trusts what it remembers.
    for _ in 0..70 {
        let outcome = store.ledger().submit(organization, authorize(1), None).await.unwrap();
        assert!(decision(outcome).allowed);
    }
    for number in 1..=3 {
        mode.store(cut, Ordering::SeqCst);
        let mut request = authorize(10);
        if let Request::Authorize(authorize) = &mut request {
            authorize.run.subject = Some(key(SUBJECT));
        }
        let outcome = store.ledger().submit(organization, request, None).await;
        assert!(decision(outcome.unwrap()).allowed);
        assert_eq!(mode.load(Ordering::SeqCst), OPEN, "the connection was cut");
        let balance = world.store.balance(organization, world.clock.now()).await.unwrap();
        assert_eq!(
            balance.held.micros(),
            (70 + number * 10) * credits("1").micros(),
            "once"
        );
    }
    store.close().await;
    world.assert_clean().await;
    drop_database(&world.url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_statement_that_was_carried_out_is_not_repeated() {
    authorize_through_a_cut(CUT_AFTER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_statement_that_never_arrived_is_tried_again() {
    authorize_through_a_cut(CUT_BEFORE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commit_that_was_carried_out_is_not_repeated() {
    grant_through_a_cut(CUT_AFTER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_commit_that_never_arrived_is_tried_again() {
    grant_through_a_cut(CUT_BEFORE).await;
}
