//! What the environments run of a flow: the production box and the places below it.

use crate::app::dashboard::{Cell, of_flow};
use crate::app::deployment::rollback;
use crate::app::{self, Ctx};
use crate::domain::deployment::Switch;
use crate::store::conn::Conn;
use crate::store::deployments::Row;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::versions::Version;
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::numbers::{self, count};
use crate::web::pages::flow::{Levers, PlaceRow, Production, Stat, Track};
use crate::web::time::TimeView;
use crate::web::views::{attention, figures, may_operate, plate, version, whole};

/// A flow in an environment, as read.
pub struct PlaceData {
    environment: Environment,
    cell: Cell,
    row: Option<Row>,
    back_to: Option<Version>,
    may_operate: bool,
}

/// Reads what each environment runs.
///
/// # Errors
/// The database.
pub fn read(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environments: &[Environment], routing: &[Row]) -> app::Result<Vec<PlaceData>> {
    let cells = of_flow(conn, ctx, flow, environments)?;
    let mut places = Vec::with_capacity(cells.len());
    for (environment, cell) in environments.iter().zip(cells) {
        // During a rollout the way back is the primary itself.
        let back_to = match &cell.primary {
            Some((live, _)) if cell.candidate.is_some() => Some(live.clone()),
            Some((live, _)) => rollback::previous(conn, flow, environment, &live.id)?,
            None => None,
        };
        places.push(PlaceData {
            row: routing.iter().find(|r| r.environment_id == environment.id).cloned(),
            may_operate: may_operate(ctx, environment),
            environment: environment.clone(),
            cell,
            back_to,
        });
    }
    Ok(places)
}

/// Which verbs lead somewhere from how the switch stands; none for those who may not use them.
fn levers(place: &PlaceData) -> Levers {
    if !place.may_operate || place.cell.primary.is_none() {
        return Levers::default();
    }
    match place.cell.switch {
        Switch::On => Levers { pause: true, disable: true, stop: true, ..Levers::default() },
        Switch::Paused => Levers { resume: true, disable: true, stop: true, ..Levers::default() },
        Switch::Disabled => Levers { pause: true, enable: true, stop: true, ..Levers::default() },
        Switch::Stopped => Levers { resume: true, ..Levers::default() },
    }
}

fn back_to(place: &PlaceData) -> Option<u64> {
    place.back_to.as_ref().filter(|_| place.may_operate).map(|v| whole(v.number))
}

/// The production box.
pub fn production(place: &PlaceData, base: &str, home: &str, now: i64) -> Production {
    let cell = &place.cell;
    let linked = |v: &Version, colour| plate(v, colour).link(format!("{base}/versions/{}", v.number)).id(format!("now-{}", v.number));
    let mut tracks = Vec::new();
    if let Some((live, colour)) = &cell.primary {
        tracks.push(Track { plate: linked(live, *colour), percent: version::percent(10_000 - cell.basis_points) });
        if let Some((candidate, colour)) = &cell.candidate {
            tracks.push(Track { plate: linked(candidate, *colour), percent: version::percent(cell.basis_points) });
        }
    }
    let off = cell.switch != Switch::On;
    Production {
        name: place.environment.name.clone(),
        slug: place.environment.slug.clone(),
        a_day: count(whole(cell.ended_by_hour.iter().sum())),
        stats: if tracks.is_empty() { Vec::new() } else { stats(place) },
        tracks,
        switch: off.then(|| version::switched(cell.switch)),
        switch_says: place.row.as_ref().filter(|_| off).map_or_else(Rich::new, |row| attention::switched(row, cell.switch, now)),
        back_to: back_to(place),
        rollout: rollout(place, home),
        levers: levers(place),
    }
}

/// Where the rollout under way is watched.
fn rollout(place: &PlaceData, home: &str) -> Option<String> {
    let id = place.row.as_ref().map(|row| row.rollout_id.as_str()).filter(|id| !id.is_empty())?;
    place.cell.candidate.as_ref().map(|_| format!("{home}/rollouts/{id}"))
}

fn stats(place: &PlaceData) -> Vec<Stat> {
    let outcomes = &place.cell.outcomes;
    let judged = whole(outcomes.completed + outcomes.faulted);
    let nothing = || "None".to_owned();
    let stat = |label: &str, value: String, sub: Rich| Stat { label: label.to_owned(), value, sub, spark: None };
    let p50 = figures::quantile(outcomes, 0.5).map_or_else(Rich::new, |p50| Rich::from(format!("half within {p50}")));
    vec![
        stat(
            "Succeeded, 24 hours",
            figures::success(outcomes).map_or_else(nothing, |(words, _)| words),
            numbers::plural(judged, "run", "runs").into(),
        ),
        Stat {
            spark: figures::spark(&place.cell.failed_by_hour, &place.environment.name),
            ..stat("Failed, 24 hours", format!("{} of {}", count(whole(outcomes.faulted)), count(judged)), Rich::new())
        },
        stat("p95, 24 hours", figures::quantile(outcomes, 0.95).unwrap_or_else(nothing), p50),
    ]
}

/// Another environment.
pub fn place(place: &PlaceData, base: &str, home: &str, now: i64) -> PlaceRow {
    let cell = &place.cell;
    let id = format!("in-{}", place.environment.slug);
    let shown = |(v, colour): &(Version, crate::domain::version::Sync)| -> Plate {
        plate(v, *colour).elsewhere().link(format!("{base}/versions/{}", v.number)).id(id)
    };
    PlaceRow {
        name: place.environment.name.clone(),
        slug: place.environment.slug.clone(),
        status: cell.primary.as_ref().map(|_| version::switched(cell.switch)),
        plate: cell.primary.as_ref().map(shown),
        since: cell.since.map(|at| TimeView::near(at, now)),
        rolling: cell.candidate.as_ref().zip(rollout(place, home)).map(|((v, colour), href)| {
            let shown =
                plate(v, *colour).elsewhere().link(format!("{base}/versions/{}", v.number)).id(format!("ro-{}", place.environment.slug));
            let share = crate::web::views::rollout::share(shown.sync, cell.basis_points, &place.environment.name);
            (shown, share, href)
        }),
        back_to: back_to(place),
        levers: levers(place),
    }
}

impl PlaceData {
    /// Whether it is *the* production.
    pub fn is_production(&self) -> bool {
        self.environment.is_production
    }
}
