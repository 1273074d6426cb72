//! After a restore nothing executes until an admin lets it go on.

use serde_json::json;
use signalbox::app::backup::{hold, restore};
use signalbox::clock::SystemClock;
use signalbox::domain::clock::Clock;

use super::{by_command, create, depot, flow};
use crate::support::{Cli, Inside, each_database, on_runtime};

#[test]
fn runs_wait_and_starts_are_refused_until_an_admin_lets_go() {
    each_database(|database| {
        let (id, flow_row) = on_runtime(async {
            let inside = Inside::new(database);
            let (row, version) = inside.flow("held", &flow("held")).await;
            inside.deploy(&row, &version, None).await.expect("deployed");
            let run = inside.start(&row, json!({})).await.expect("started");
            inside.store.close();
            (run.id, row)
        });
        let file = create(&Cli::new(database));
        let wish = restore::Wish::default();
        let done = restore::restore(&depot(database), &file, &by_command(SystemClock.now()), &wish, &|_, _| ()).expect("restored");
        assert!(done.saved.is_some_and(|path| path.is_file()));
        on_runtime(async {
            let inside = Inside::new(database);
            let engine = inside.engine("one").await;
            for _ in 0..3 {
                assert_eq!(engine.tick().await.expect("tick").claimed, 0);
            }
            assert_eq!(inside.run(&id).await.state, "pending");
            assert_eq!(inside.start(&flow_row, json!({})).await.unwrap_err().code(), "held");
            inside.write(hold::release).await.expect("let go");
            assert_eq!(inside.write(hold::release).await.unwrap_err().code(), "not_held");
            let run = inside.until(&engine, &id, &["completed"]).await;
            assert_eq!(run.state, "completed");
            inside.start(&flow_row, json!({})).await.expect("starts are accepted again");
            inside.store.close();
        });
    });
}
