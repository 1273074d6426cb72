//! What the database itself promises.

use signalbox::app;
use signalbox::store::{contents, events};

use crate::support::{Inside, each_database, on_runtime};

const FLOW: &str = "{document: {dsl: '1.0.3', namespace: test, name: kept, version: '1.0.0'}, do: [{a: {set: {v: 1}}}]}";

#[test]
fn both_databases_have_the_tables_of_the_schema() {
    each_database(|database| {
        drop(Inside::new(database));
        let mut schema = std::fs::read_to_string("src/store/schema.rs").expect("the schema");
        for file in std::fs::read_dir("src/store/schema").expect("its parts") {
            schema += &std::fs::read_to_string(file.expect("a part").path()).expect("a part");
        }
        let mut table = String::new();
        let mut columns = 0;
        for line in schema.lines().map(str::trim) {
            if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with('{')) {
                table = name.to_owned();
            } else if let Some((column, _)) = line.split_once(" -> ") {
                let column = column.trim_end_matches('_');
                // Fails by itself when the column is missing.
                database.count(&format!("SELECT count(\"{column}\") FROM {table}"));
                columns += 1;
            }
        }
        assert!(columns > 400, "only {columns} columns were found in the schema");
    });
}

#[test]
fn content_and_history_never_change() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let (_, version) = inside.flow("kept", FLOW).await;
            let hash = version.content_hash.clone();
            for statement in [
                "UPDATE contents SET definition = '{}'",
                "DELETE FROM contents",
                "UPDATE events SET actor_name = 'nobody'",
                "DELETE FROM events",
                "UPDATE deployments SET comment = ''",
                "UPDATE environment_records SET comment = ''",
                "DELETE FROM environment_records",
            ] {
                let refused = inside
                    .write(move |conn, _| {
                        diesel::RunQueryDsl::execute(diesel::sql_query(statement), conn).map_err(|e| app::Error::Store(e.into()))
                    })
                    .await;
                // There is no deployment yet, so nothing could be refused there.
                assert!(refused.is_err() || statement.contains("deployments"), "{statement} was carried out");
            }
            let kept = inside.read(move |conn, _| Ok(contents::content(conn, &hash)?)).await;
            assert!(kept.is_some());
            inside.read(|conn, _| Ok(events::verify(conn)?)).await;
        });
    });
}

#[test]
fn a_refused_command_takes_nothing_with_it() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let before = database.count("SELECT count(*) FROM events");
            let refused = inside
                .write(|conn, ctx| {
                    let new = app::workspace::New { slug: "second".into(), name: "Second".into(), ..Default::default() };
                    app::workspace::create(conn, ctx, &new)?;
                    Err::<(), _>(app::Error::refused("no", "changed my mind"))
                })
                .await;
            assert_eq!(refused.unwrap_err().code(), "no");
            assert_eq!(database.count("SELECT count(*) FROM workspaces"), 1);
            assert_eq!(database.count("SELECT count(*) FROM events"), before);
        });
    });
}
