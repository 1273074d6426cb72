//! What was renamed, deleted or added since a release was kept.

use serde_json::json;
use signalbox::app::component::edit::Edit;
use signalbox::app::release::push::{Push, push};
use signalbox::app::release::restore::{Ask, restore};
use signalbox::app::{self, component, flow, release, version};
use signalbox::domain::component::Kind;

use crate::support::{Inside, each_database, on_runtime, vault};

const READS: &str = "{document: {dsl: '1.0.3', namespace: test, name: reads, version: '1.0.0'}, do: [\
    {row: {call: lookup@default, with: {lookup: rates, key: '${ .k }'}}}]}";
const PLAIN: &str = "{document: {dsl: '1.0.3', namespace: test, name: NAME, version: '1.0.0'}, do: [{a: {set: {v: 1}}}]}";

#[test]
fn names_are_rewritten_and_what_was_deleted_comes_back_or_is_named() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let workspace = inside.workspace.clone();
            let rates = inside.component(Kind::Lookup, "rates", json!({"columns": ["k"], "rows": [["a"]]})).await;
            let (reads, _) = inside.flow("reads", READS).await;
            let (gone, _) = inside.flow("gone", &PLAIN.replace("NAME", "gone")).await;
            let kept = workspace.clone();
            let pushed = inside
                .write(move |conn, ctx| {
                    // Kept without going anywhere: what is deployed cannot be deleted.
                    push(conn, ctx, &kept, &Push { backup: true, flows: Some(Vec::new()), ..Push::default() })
                })
                .await
                .expect("push");
            let kept = pushed.release.clone();
            let held = inside.read(move |conn, _| Ok(signalbox::store::releases::manifest(conn, &kept)?)).await;
            assert_eq!(held.flows.len(), 2);
            // The flow stops reading the table, which is renamed; another flow is deleted; a third one is made.
            let plain = inside.version(&reads, &PLAIN.replace("NAME", "reads")).await;
            let dead = gone.clone();
            inside.write(move |conn, ctx| flow::bin::delete(conn, ctx, &dead)).await.expect("delete a flow");
            inside.deploy(&reads, &plain, None).await.expect("deploy");
            let edit = Edit { name: Some("prices".into()), ..Edit::default() };
            inside.write(move |conn, ctx| component::edit::edit(conn, ctx, &vault(), &rates, &edit, None)).await.expect("rename the table");
            inside.flow("young", &PLAIN.replace("NAME", "young")).await;
            let (here, number) = (workspace.clone(), pushed.release.number);
            let done = inside
                .write(move |conn, ctx| {
                    let found = release::find(conn, &here, &number.to_string())?;
                    restore(conn, ctx, &here, &found, &Ask::default())
                })
                .await
                .expect("restore");
            assert_eq!(
                done.automatic,
                ["gone comes back from the bin.", "reads: The lookup rates is called prices now; /do/0/row/with/lookup names it so."]
            );
            let left: Vec<&str> = done.left.iter().map(|l| l.name.as_str()).collect();
            assert_eq!(left, ["young"]);
            let text = inside
                .read(move |conn, _| {
                    let reads = flow::find(conn, &workspace, "reads")?;
                    flow::find(conn, &workspace, "gone")?;
                    let draft = version::find(conn, &reads, "draft")?;
                    assert!(draft.ready, "{}", draft.problems);
                    Ok::<_, app::Error>(version::document(conn, &draft.id)?.text)
                })
                .await;
            assert!(text.contains("lookup: prices"), "{text}");
        });
    });
}
