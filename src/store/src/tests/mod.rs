//! The store is tested on both engines, in every run.
//!
//! SQLite lives in a temporary folder. PostgreSQL is a server named by `DRAWDOWN_TEST_POSTGRES_URL`, in which every test
//! makes a database of its own (left for inspection where it fails); without it those tests fail, unless `DRAWDOWN_TEST_SQLITE_ONLY=1` leaves them out.

mod fresh_postgres;
mod world;

mod admin_calls;
mod concurrency;
mod crash;
mod drafts;
mod due;
mod idempotency;
mod limits;
mod lists;
mod lost_commit;
mod months;
mod neighbours;
mod overload;
mod payments;
mod people;
mod portfolio;
mod processes;
mod published;
mod remembered;
mod soak;
mod story;
mod tampering;
mod transfers;

/// Runs each named test of the calling module on both engines.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    super::$name($crate::tests::world::World::sqlite().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    if let Some(world) = $crate::tests::world::World::postgres().await {
                        let url = world.url.clone();
                        super::$name(world).await;
                        $crate::tests::world::drop_database(&url).await;
                    }
                }
            )+
        }
    };
}
pub(crate) use on_both_engines;
