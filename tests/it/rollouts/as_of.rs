//! *As of* equals the state that was recorded at that instant, at random instants of a random history (PRODUCT §9.2).

use std::sync::Arc;

use signalbox::app::as_of::look::Moment;
use signalbox::app::environment::change::{Changes, change};
use signalbox::app::environment::rack::{self, Deploy};
use signalbox::app::flow::{Details, bin, change as redo};
use signalbox::app::version::table::sync;
use signalbox::app::{self, Ctx, version};
use signalbox::domain::clock::{Clock, Micros};
use signalbox::domain::version::{Lifecycle, Sync};
use signalbox::store::conn::Conn;
use signalbox::store::states;
use signalbox::store::workspaces::Workspace;
use signalbox::store::{configurations, deployments, environments, flows, quarantines};

use super::model::History;
use crate::support::{Choice, Inside, each_database, on_runtime, sampled};

/// Flows whose histories are interleaved.
const FLOWS: usize = 2;

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    flows: Vec<SeenFlow>,
    environments: Vec<SeenEnvironment>,
}

/// Slug, name, kind, deployed configuration, draft.
type SeenEnvironment = (String, String, String, Option<i64>, Option<i64>);

/// Environment, primary, candidate, share, switch, revision, versions in quarantine.
type SeenPlace = (String, Option<i64>, Option<i64>, i64, String, i64, Vec<i64>);

#[derive(Debug, Clone, PartialEq)]
struct SeenFlow {
    slug: String,
    name: String,
    archived: bool,
    drafts: i64,
    /// Number, lifecycle, revision, label, colour.
    versions: Vec<(i64, String, i64, Option<String>, Sync)>,
    places: Vec<SeenPlace>,
}

#[test]
fn as_of_equals_what_was_recorded_then() {
    each_database(|database| {
        on_runtime(async {
            let mut choice = Choice::seeded();
            let inside = Arc::new(Inside::new(database));
            let mut kept: Vec<(Micros, Seen)> = Vec::new();
            let mut histories = Vec::new();
            for n in 0..FLOWS {
                histories.push(History::begin(Arc::clone(&inside), &format!("then-{n}")).await);
                keep(&inside, &mut kept).await;
            }
            for _ in 0..sampled(80, 600) {
                let history = &mut histories[usize::try_from(choice.between(0, FLOWS as u64 - 1)).expect("small")];
                if choice.between(0, 3) == 0 {
                    aside(&inside, history, &mut choice).await;
                } else {
                    history.step(&mut choice).await;
                }
                keep(&inside, &mut kept).await;
            }
            for _ in 0..sampled(60, 200) {
                let (at, recorded) = choice.of(&kept);
                let (at, workspace) = (at.plus(i64::try_from(choice.between(0, 900)).expect("small")), inside.workspace.clone());
                let then = inside.read(move |conn, ctx| then(conn, ctx, &workspace, at)).await;
                assert_eq!(then, *recorded, "as of {}", at.rfc3339());
            }
            let workspace = inside.workspace.clone();
            let before = inside.read(move |conn, ctx| then(conn, ctx, &workspace, Micros(1))).await;
            assert_eq!(before, Seen { flows: Vec::new(), environments: Vec::new() });
        });
    });
}

/// Records what stands, and lets a millisecond pass.
async fn keep(inside: &Inside, kept: &mut Vec<(Micros, Seen)>) {
    let workspace = inside.workspace.clone();
    let seen = inside.read(move |conn, _| now(conn, &workspace)).await;
    kept.push((inside.clock.now(), seen));
    inside.clock.forward(1000);
}

/// What the model of routing knows nothing of: names, configurations, what is put away.
async fn aside(inside: &Inside, history: &History, choice: &mut Choice) {
    let (id, place, n, what) = (history.flow.id.clone(), history.places[0].id.clone(), choice.between(1, 1_000_000), choice.between(0, 4));
    let done = inside.write(move |conn, ctx| {
        let flow = flows::get(conn, &id)?.expect("the flow");
        let place = environments::get(conn, &place)?.expect("the environment");
        match what {
            0 => {
                let details =
                    Details { name: format!("Flow {n}"), slug: flow.slug.clone(), description: String::new(), single_draft: false };
                redo(conn, ctx, &flow, &details).map(|_| ())
            }
            1 => {
                let changes = Changes { name: Some(format!("Place {n}")), ..Changes::default() };
                change(conn, ctx, &place, &changes, None).map(|_| ())
            }
            2 => {
                let draft = configurations::versions(conn, &place.id)?.into_iter().find(|v| v.is_draft());
                let Some(draft) = draft else {
                    let deployed = configurations::deployed(conn, &place.id)?.expect("a deployed configuration");
                    return rack::draft_from(conn, ctx, &place, &deployed, None).map(|_| ());
                };
                rack::deploy(conn, ctx, &place, &draft, &Deploy { comment: "why".into(), ..Deploy::default() }).map(|_| ())
            }
            3 => {
                let published = version::find(conn, &flow, "latest")?;
                version::publish::redescribe(conn, ctx, &flow, &published, "", "", &format!("label-{n}"))
            }
            _ => bin::archive(conn, ctx, &flow, true).and_then(|()| bin::archive(conn, ctx, &flow, n % 2 == 0)).and_then(|()| {
                // Put away, a flow takes no new versions, which the model does not know.
                bin::archive(conn, ctx, &flow, false)
            }),
        }
    });
    if let Err(error) = done.await {
        assert!(["not_found", "no_runnable_version"].contains(&error.code()), "{error}");
    }
}

/// The workspace by its present rows.
fn now(conn: &mut Conn, workspace: &Workspace) -> app::Result<Seen> {
    let places = environments::list(conn, &workspace.id)?;
    let mut seen = Seen { flows: Vec::new(), environments: Vec::new() };
    for place in &places {
        let rack = configurations::versions(conn, &place.id)?;
        let number = |state: &str| rack.iter().find(|v| v.state == state).map(|v| v.number);
        seen.environments.push((place.slug.clone(), place.name.clone(), place.kind.clone(), number("deployed"), number("draft")));
    }
    let ids = states::born(conn, &workspace.id, "flow", i64::MAX, None, 100)?;
    for id in ids {
        let flow = flows::get(conn, &id)?.expect("the flow");
        let routing = deployments::of_flow(conn, &id)?;
        let mut versions: Vec<_> = states::versions_now(conn, &id)?.into_iter().filter(|v| v.deleted_at.is_none()).collect();
        versions.sort_by_key(|v| std::cmp::Reverse(v.number));
        let held = quarantines::of_flow(conn, &id)?;
        let mut rows: Vec<_> = routing
            .iter()
            .map(|r| {
                let place = places.iter().find(|p| p.id == r.environment_id).expect("its environment").slug.clone();
                let held = held.iter().filter(|q| q.environment_id == r.environment_id).map(|q| q.version_number).collect();
                (place, r.primary_number, r.candidate_number, r.basis_points, r.switch.clone(), r.revision, held)
            })
            .collect();
        rows.sort();
        seen.flows.push(SeenFlow {
            slug: flow.slug.clone(),
            name: flow.name.clone(),
            archived: flow.archived_at.is_some(),
            drafts: i64::try_from(versions.iter().filter(|v| v.lifecycle == Lifecycle::Draft.as_str()).count()).expect("few"),
            versions: versions
                .iter()
                .map(|v| (v.number, v.lifecycle.clone(), v.revision, v.label.clone(), sync(v, &places, &routing)))
                .collect(),
            places: rows,
        });
    }
    Ok(seen)
}

/// The same by what was kept of the past.
fn then(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, at: Micros) -> app::Result<Seen> {
    let moment = Moment::find(conn, &Ctx { now: at.plus(1), ..ctx.clone() }, workspace, at)?;
    let environments = moment.environments(conn)?;
    let (flows, next) = moment.flows(conn, None, 100)?;
    assert_eq!(next, None);
    let places = |then: &signalbox::app::as_of::look::FlowThen| {
        let mut rows: Vec<_> = then
            .places
            .iter()
            .map(|place| {
                let (name, r) =
                    (environments.iter().find(|e| e.id == place.environment).expect("its environment").state.slug.clone(), &place.routing);
                let candidate = r.candidate.as_ref();
                let share = candidate.map_or(0, |c| c.basis_points);
                (
                    name,
                    r.primary.as_ref().map(|p| p.number),
                    candidate.map(|c| c.pin.number),
                    share,
                    r.switch.as_str().to_owned(),
                    r.revision,
                    place.quarantined.clone(),
                )
            })
            .collect();
        rows.sort();
        rows
    };
    Ok(Seen {
        flows: flows
            .iter()
            .map(|flow| SeenFlow {
                slug: flow.state.slug.clone(),
                name: flow.state.name.clone(),
                archived: flow.state.archived,
                drafts: flow.state.drafts,
                versions: flow
                    .versions
                    .iter()
                    .filter(|v| !v.state.deleted)
                    .map(|v| (v.state.number, v.state.lifecycle.clone(), v.state.revision, v.state.label.clone(), v.sync))
                    .collect(),
                places: places(flow),
            })
            .collect(),
        environments: environments.into_iter().map(|e| (e.state.slug, e.state.name, e.state.kind, e.configuration, e.draft)).collect(),
    })
}
