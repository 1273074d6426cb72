//! Plays the stories: every event of every flow, in the order of time, through the use cases.

use serde_json::json;

use super::story::{self, Event, Fate, PEOPLE, Story, Who, staging};
use super::told;
use crate::app::deployment::Place;
use crate::app::deployment::deploy::{Deploy, deploy};
use crate::app::deployment::rollback::roll_back;
use crate::app::deployment::switch::switch;
use crate::app::environment::create::{NewEnvironment, create as make_environment};
use crate::app::environment::{edit, rack};
use crate::app::flow::create::{NewFlow, create};
use crate::app::people::{self, NewUser};
use crate::app::rollout::advance::advance;
use crate::app::rollout::guard::cross;
use crate::app::rollout::{plan, under_way};
use crate::app::version::create::{OtherDraft, from_version};
use crate::app::version::publish::{Publication, publish};
use crate::app::version::save::{Edit, save};
use crate::app::{self, Ctx, flow, instance, token, version, workspace};
use crate::domain::access::{Actor, Channel, Grant, Role};
use crate::domain::clock::Micros;
use crate::domain::deployment::Verb;
use crate::domain::guard::{Guard, Limit, OnFail, Outcome};
use crate::domain::ids::UserId;
use crate::domain::rollout::{Advance, Stage};
use crate::store;
use crate::store::conn::Conn;
use crate::store::flows::Flow;
use crate::store::rollouts;
use crate::store::workspaces::Workspace;

/// The plan that production is rolled out by.
const PLAN: &str = "Careful";
/// What a guard found: [`super::month`] lays out as many runs.
const CROSSED: &str = "3 of 12 runs failed, 25%; the limit is 20%";

/// Days ago that the instance was set up.
const BEGAN: f64 = 35.0;

/// Something that happened at an instant.
struct Scene<'a> {
    at: Micros,
    /// None: it is about the environments.
    story: Option<&'a Story>,
    who: Who,
    deed: Deed<'a>,
}

enum Deed<'a> {
    /// A draft of version n with this text.
    Write(usize, &'a str),
    Publish(usize),
    Deploy(usize, &'static str, &'a str),
    Other(Event),
    /// Staging is made.
    Stage,
    /// Staging's draft gets this content; with a comment it is deployed.
    Configure(&'static str, Option<&'static str>),
}

/// Who may do what, as the use cases ask.
struct Cast(Vec<(Who, UserId, &'static str, Role)>);

impl Cast {
    fn ctx(&self, who: Who, now: Micros) -> Ctx {
        let system = || Ctx::system(now, "demo");
        self.0.iter().find(|(other, ..)| *other == who).map_or_else(system, |(_, id, name, role)| Ctx {
            actor: Actor {
                user: Some(id.clone()),
                name: (*name).to_owned(),
                channel: Channel::Session,
                grants: vec![Grant { workspace: None, role: *role }],
            },
            now,
            request_id: format!("demo-{}", now.0 / Micros::SECOND),
        })
    }
}

/// Plays everything into an empty database of the present schema.
pub(super) fn play(conn: &mut Conn, now: Micros, password_hash: &str) -> Result<(), String> {
    let began = ago(now, BEGAN);
    let cast = store::transaction(conn, |conn| set_up(conn, began, password_hash)).map_err(|e: app::Error| told(e))?;
    let workspace =
        store::transaction(conn, |conn| workspace::find(conn, &Ctx::system(began, "demo"), "main")).map_err(|e: app::Error| told(e))?;
    let stories = story::all();
    let texts = stories.iter().map(|story| story.texts()).collect::<Result<Vec<_>, _>>()?;
    let mut scenes: Vec<Scene<'_>> = stories.iter().zip(&texts).flat_map(|(story, texts)| scenes(story, texts, now)).collect();
    scenes.extend(environments(now));
    scenes.sort_by_key(|scene| scene.at);
    store::transaction(conn, |conn| keep_plan(conn, &cast.ctx(Who::Dele, began.plus(2 * Micros::HOUR)), &workspace))
        .map_err(|e: app::Error| told(e))?;
    for scene in &scenes {
        let ctx = cast.ctx(scene.who, scene.at);
        let played = store::transaction(conn, |conn| perform(conn, &ctx, &workspace, scene));
        let place = scene.story.map_or("staging", |story| story.slug);
        played.map_err(|e: app::Error| told(format!("{place}: {e}")))?;
    }
    Ok(())
}

fn keep_plan(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace) -> app::Result<()> {
    let stage = |percent: i64, hours: i64| Stage { basis_points: percent * 100, min_minutes: Some(hours * 60), min_runs: None };
    let guard = Guard { failure_rate: Some(Limit::Max(0.2)), p95_ms: None, sla_missed: None, min_runs: 12, on_fail: OnFail::RollBack };
    let stages = vec![stage(10, 2), stage(25, 6), stage(50, 6)];
    plan::create(conn, ctx, workspace, plan::Draft { name: PLAN.to_owned(), stages, advance: Advance::Auto, guard: Some(guard) })
        .map(|_| ())
}

fn ago(now: Micros, days: f64) -> Micros {
    now.plus(-((days * Micros::DAY as f64) as i64))
}

fn set_up(conn: &mut Conn, at: Micros, password_hash: &str) -> app::Result<Cast> {
    let system = Ctx::system(at, "demo");
    instance::prepare(conn, &system)?;
    let mut cast = Vec::new();
    for (index, (who, email, name, role)) in (0i64..).zip(PEOPLE) {
        let role = role.parse().unwrap_or(Role::Viewer);
        let new = NewUser { email: (*email).to_owned(), name: (*name).to_owned(), password_hash: password_hash.to_owned() };
        let ctx = Ctx { now: at.plus(index * 7 * Micros::MINUTE), ..system.clone() };
        let id = people::add(conn, &ctx, &new, role)?;
        cast.push((*who, id, *name, role));
    }
    let cast = Cast(cast);
    let aiko = cast.ctx(Who::Aiko, at.plus(Micros::HOUR));
    if let Some(user) = store::people::by_email(conn, super::EMAIL)? {
        for name in ["Web shop", "Warehouse terminal"] {
            token::create(conn, &aiko, &user, name, Some(Role::Operator), token::DEFAULT_DAYS)?;
        }
    }
    Ok(cast)
}

fn scenes<'a>(story: &'a Story, texts: &'a [String], now: Micros) -> Vec<Scene<'a>> {
    let mut scenes = Vec::new();
    let mut add = |days: f64, who: Who, deed: Deed<'a>| scenes.push(Scene { at: ago(now, days), story: Some(story), who, deed });
    for (index, (version, text)) in story.versions.iter().zip(texts).enumerate() {
        add(version.days, version.by, Deed::Write(index, text));
        if matches!(version.fate, Fate::Draft) {
            continue;
        }
        // About an hour of work, a look in development, then production.
        add(version.days - 0.045, version.by, Deed::Publish(index));
        add(version.days - 0.05, version.by, Deed::Deploy(index, "development", ""));
        let staged = version.days - 0.06;
        if staging::FLOWS.contains(&story.slug) && staged < staging::MADE - 0.2 {
            add(staged, Who::Dele, Deed::Deploy(index, "staging", "Tried before production"));
        }
        if let Fate::Production(days, comment) = version.fate {
            add(days, Who::Dele, Deed::Deploy(index, "production", comment));
        }
    }
    for (days, who, event) in story.events {
        add(*days, *who, Deed::Other(*event));
    }
    scenes
}

fn environments<'a>(now: Micros) -> Vec<Scene<'a>> {
    let scene = |days: f64, who: Who, deed: Deed<'a>| Scene { at: ago(now, days), story: None, who, deed };
    let mut scenes = vec![scene(staging::MADE, Who::Aiko, Deed::Stage)];
    scenes.extend(staging::DEPLOYED.iter().map(|(days, who, why, content)| scene(*days, *who, Deed::Configure(content, Some(why)))));
    let (days, who, content) = staging::DRAFT;
    scenes.push(scene(days, who, Deed::Configure(content, None)));
    scenes
}

fn perform_on_staging(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, deed: &Deed<'_>) -> app::Result<()> {
    let Deed::Configure(content, comment) = deed else {
        let new = NewEnvironment {
            slug: "staging".to_owned(),
            name: "Staging".to_owned(),
            kind: "staging".to_owned(),
            description: "Swaps components so that flows never touch live systems.".to_owned(),
        };
        return make_environment(conn, ctx, workspace, &new).map(|_| ());
    };
    let content = serde_json::from_str(content).map_err(store::error::Error::corrupt)?;
    let staging = workspace::environment(conn, workspace, "staging")?;
    let draft = edit::save(conn, ctx, &staging, &content, None)?;
    let Some(comment) = comment else { return Ok(()) };
    rack::deploy(conn, ctx, &staging, &draft, &rack::Deploy { comment: (*comment).to_owned(), ..rack::Deploy::default() }).map(|_| ())
}

fn perform(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, scene: &Scene<'_>) -> app::Result<()> {
    let Some(story) = scene.story else { return perform_on_staging(conn, ctx, workspace, &scene.deed) };
    if let Deed::Write(0, text) = scene.deed {
        return first(conn, ctx, workspace, story, text);
    }
    let flow = flow::find(conn, workspace, story.slug)?;
    match &scene.deed {
        Deed::Write(index, text) => {
            let from = version::find(conn, &flow, &index.to_string())?;
            let draft = from_version(conn, ctx, &flow, &from, OtherDraft::Keep)?;
            write(conn, ctx, &flow, &draft, story, *index, text)
        }
        Deed::Publish(index) => {
            let draft = version::find(conn, &flow, &(index + 1).to_string())?;
            let told = &story.versions[*index];
            let publication = Publication {
                note: told.note.to_owned(),
                reference: told.reference.to_owned(),
                label: told.label.to_owned(),
                based_on: None,
            };
            publish(conn, ctx, &flow, &draft, &publication).map(|_| ())
        }
        Deed::Deploy(index, environment, comment) => {
            let environment = workspace::environment(conn, workspace, environment)?;
            let version = version::find(conn, &flow, &(index + 1).to_string())?;
            let ask = Deploy::whole(*comment);
            deploy(conn, ctx, &flow, &environment, &version, &ask).map(|_| ())
        }
        Deed::Other(event) => other(conn, ctx, workspace, &flow, event),
        Deed::Stage | Deed::Configure(..) => Ok(()),
    }
}

fn first(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, story: &Story, text: &str) -> app::Result<()> {
    let new = NewFlow {
        slug: story.slug.to_owned(),
        name: story.name.to_owned(),
        description: story.description.to_owned(),
        definition: Some(text.to_owned()),
    };
    let (flow, draft) = create(conn, ctx, workspace, &new)?;
    write(conn, ctx, &flow, &draft, story, 0, text)
}

fn write(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    draft: &store::versions::Version,
    story: &Story,
    index: usize,
    text: &str,
) -> app::Result<()> {
    let settings = (!story.key.is_empty()).then(|| json!({"key": story.key}));
    let edit = Edit { text: Some(text.to_owned()), settings, note: Some(story.versions[index].note.to_owned()) };
    save(conn, ctx, flow, draft, &edit, None).map(|_| ())
}

fn other(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, flow: &Flow, event: &Event) -> app::Result<()> {
    let production = workspace::environment(conn, workspace, "production")?;
    match event {
        Event::Pause(reason) => switch(conn, ctx, flow, &production, Verb::Pause, reason, None).map(|_| ()),
        Event::RollBack(reason) => roll_back(conn, ctx, flow, &production, None, reason, None).map(|_| ()),
        Event::RollOut(number, comment) => {
            let version = version::find(conn, flow, &number.to_string())?;
            let by = plan::find(conn, &workspace.id, PLAN)?;
            let ask = Deploy { rolling: Some(plan::rolling(&by)?), ..Deploy::whole(*comment) };
            deploy(conn, ctx, flow, &production, &version, &ask).map(|_| ())
        }
        Event::Advance => {
            let system = Ctx::system(ctx.now, "demo");
            let place = Place::hold(conn, flow, &production)?;
            let rollout = under_way(conn, &place)?;
            rollouts::judge(conn, &rollout, Outcome::Pass, "Every limit holds.")?;
            advance(conn, &system, flow, &production, None, "The stage's minimums are met.", None).map(|_| ())
        }
        Event::GuardRollsBack => {
            let place = Place::hold(conn, flow, &production)?;
            let rollout = under_way(conn, &place)?;
            let run = super::month::crossing(ctx.now);
            cross(conn, &rollout, &run, OnFail::RollBack, CROSSED, ctx.now)
        }
        Event::Archive(number) => {
            let version = version::find(conn, flow, &number.to_string())?;
            version::bin::archive(conn, ctx, flow, &version, true)
        }
        Event::Delete(number) => {
            let version = version::find(conn, flow, &number.to_string())?;
            version::bin::delete(conn, ctx, flow, &version)
        }
        Event::DeleteFlow => flow::bin::delete(conn, ctx, flow),
    }
}
