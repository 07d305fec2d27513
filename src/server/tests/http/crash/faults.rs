//! What happens to servers and databases in the midst of their work.

use std::time::{Duration, Instant};

use rand::Rng as _;
use rand::rngs::StdRng;

use super::scene::Scene;
use crate::process::until;
use crate::wire::Disturbance;

/// A server that is told to stop has ended after so long, whatever it is doing.
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

/// One kind of mishap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// kill -9 of a server.
    KillServer,
    /// The same, when it has committed and its answers have not arrived.
    KillServerBeforeItsAnswers,
    /// A server stands still for a while.
    PauseServer,
    /// A server is told to stop, and another one started.
    StopServer,
    /// PostgreSQL stands still for a while.
    PausePostgres,
    /// kill -9 of PostgreSQL: of its first process, or of all.
    KillPostgres,
    /// The same, when it has committed and its answer has not arrived.
    KillPostgresAfterCommit,
    /// The same, when a commit was sent and has not arrived.
    KillPostgresBeforeCommit,
    /// The same, when statements were sent and no answer arrives: also those that are a transaction by themselves.
    KillPostgresBeforeItsAnswers,
    /// kill -9 of a process that serves one connection: PostgreSQL ends all others and recovers by itself.
    KillBackend,
    /// kill -9 of PostgreSQL and of a server at once.
    KillBoth,
}

impl Fault {
    pub(super) const ON_SQLITE: [Self; 4] = [
        Self::KillServerBeforeItsAnswers,
        Self::KillServer,
        Self::StopServer,
        Self::PauseServer,
    ];
    pub(super) const ON_POSTGRES: [Self; 11] = [
        Self::KillServerBeforeItsAnswers,
        Self::KillPostgresAfterCommit,
        Self::KillServer,
        Self::KillPostgresBeforeCommit,
        Self::KillPostgresBeforeItsAnswers,
        Self::PauseServer,
        Self::KillBackend,
        Self::KillPostgres,
        Self::StopServer,
        Self::KillBoth,
        Self::PausePostgres,
    ];

    /// True where it happens to the database, and so to every server's requests.
    pub(super) fn is_of_the_database(self) -> bool {
        matches!(
            self,
            Self::KillPostgres
                | Self::KillPostgresAfterCommit
                | Self::KillPostgresBeforeCommit
                | Self::KillPostgresBeforeItsAnswers
                | Self::KillBackend
                | Self::KillBoth
        )
    }

    /// True where a process is killed.
    pub(super) fn kills(self) -> bool {
        !matches!(self, Self::PauseServer | Self::StopServer | Self::PausePostgres)
    }

    /// Brings it about, on the server `victim`. Gives the moment from which on nothing stands in the way of being ready.
    pub(super) async fn strike(self, scene: &mut Scene, victim: usize, random: &mut StdRng) -> Instant {
        match self {
            Self::KillServer => scene.servers[victim].kill(),
            Self::KillServerBeforeItsAnswers => {
                scene.wires[victim].disturb(Disturbance::LoseAnswers);
                disturbed(&scene.wires[victim], 1).await;
                scene.servers[victim].kill();
                scene.wires[victim].disturb(Disturbance::None);
            }
            Self::PauseServer => {
                scene.servers[victim].pause();
                return Instant::now();
            }
            Self::StopServer => {
                let took = scene.servers[victim].stop();
                assert!(took < STOPPED_WITHIN, "{took:?}");
            }
            Self::PausePostgres => {
                scene.cluster().pause();
                // Not a wait for anything: how long it stands still is a choice of the seed.
                tokio::time::sleep(Duration::from_millis(random.random_range(10..800))).await;
                scene.cluster().resume();
                return Instant::now();
            }
            Self::KillPostgres => scene.cluster().kill(random.random_ratio(1, 2)),
            Self::KillPostgresAfterCommit | Self::KillPostgresBeforeCommit | Self::KillPostgresBeforeItsAnswers => {
                let disturbance = match self {
                    Self::KillPostgresAfterCommit => Disturbance::LoseAnswersToCommits,
                    Self::KillPostgresBeforeCommit => Disturbance::HoldCommits,
                    _ => Disturbance::LoseAnswers,
                };
                let wire = scene.database_wire();
                wire.disturb(disturbance);
                disturbed(&wire, 1).await;
                scene.cluster().kill(random.random_ratio(1, 2));
                wire.disturb(Disturbance::None);
            }
            Self::KillBackend => {
                let choice = random.random_range(0..16);
                assert!(scene.cluster().kill_a_backend(choice), "a server is connected");
            }
            Self::KillBoth => {
                scene.cluster().kill(random.random_ratio(1, 2));
                scene.servers[victim].kill();
            }
        }
        scene.mend(victim).await
    }
}

async fn disturbed(wire: &crate::wire::Wire, least: usize) {
    until(async || wire.disturbed() >= least).await;
}
