//! `GET /w/{ws}/environments/{env}`: the rack, the replacements, the flows that run there.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;

use super::super::names::Answer;
use super::super::past;
use super::EnvironmentAt;
use super::read::{self, FlowHere, LISTED, Read};
use super::replacements::{self, Typed};
use crate::app::approval;
use crate::app::environment::coverage::{self, Resident};
use crate::domain::approval::Approved;
use crate::domain::clock::Micros;
use crate::domain::environment::{Configuration, ConfigurationState, Difference, Entry, What, differences, frozen};
use crate::domain::resolver::Reason;
use crate::domain::rollout::percent;
use crate::store::environments::EnvironmentVersion;
use crate::web::address;
use crate::web::components::banner::{Banner, Kind};
use crate::web::components::change::Diff;
use crate::web::components::field::Field;
use crate::web::components::nav::{Choice, Segments, Tabs};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::environment::{CoverageRow, EnvironmentPage, FlowRow, ReplacementForm, ReplacementRow, Slot};
use crate::web::refused::Refused;
use crate::web::time::{TimeStyle, TimeView, words};
use crate::web::views::environment as views;
use crate::web::views::{colour, plate, version, whole};
use crate::web::visitor::Visitor;

#[derive(Debug, Default, Deserialize)]
struct Query {
    /// Which version's replacements are shown.
    v: Option<String>,
    /// What the form is filled with.
    #[serde(default)]
    part: String,
    #[serde(default)]
    name: String,
    /// Only this part is wanted, by htmx.
    only: Option<String>,
    /// The past: an instant.
    at: Option<String>,
}

/// `GET /w/{ws}/environments/{env}`. Part: `slots`.
///
/// # Errors
/// No such environment or version.
pub async fn show(visitor: Visitor, at: Path<EnvironmentAt>) -> Answer {
    let query: Query = address::query(&visitor)?;
    if let Some(instant) = query.at.as_deref().filter(|at| !at.is_empty()) {
        return past::environment(&visitor, &at, instant).await;
    }
    let typed = Typed::proposed(query.part, query.name);
    page(&visitor, &at, query.v, query.only.as_deref(), typed, &Refused::nothing()).await
}

/// The page, with the form filled.
///
/// # Errors
/// No such environment or version.
pub async fn page(
    visitor: &Visitor,
    at: &EnvironmentAt,
    shown: Option<String>,
    only: Option<&str>,
    typed: Typed,
    refused: &Refused,
) -> Answer {
    let wanted = at.clone();
    let (mut layout, read) = visitor
        .page(&at.ws, Place::Environments, move |conn, ctx, workspace| read::read(conn, ctx, workspace, &wanted, shown.as_deref()))
        .await?;
    layout.title = format!("{} · Environments", read.head.name);
    visitor.saw(&layout.workspace, &read.stand.environment.id);
    let (now, home) = (visitor.state.now().0, layout.home());
    let environment = &read.stand.environment;
    let empty = (None, Configuration::default());
    let (row, content) = read.shown.as_ref().map_or((empty.0, &empty.1), |(row, content)| (Some(row), content));
    let draft = row.is_some_and(EnvironmentVersion::is_draft);
    let against = read.deployed.as_ref().filter(|_| row.is_some_and(|r| views::state(r) != ConfigurationState::Deployed));
    let found = against.map(|before| differences(before, content)).unwrap_or_default();
    let uncovered = coverage::uncovered(&read.residents, content);
    let editable = draft && read.may_operate;
    let missing = coverage_says(uncovered.len() as u64, &read.known.missing(content));
    let form = editable.then(|| ReplacementForm {
        fields: replacements::fields(&typed, None, &refused.errors),
        expect: row.map_or(0, |r| whole(r.lock_version)),
        summary: refused.summary("The draft was not changed", "replacements"),
        proposals: uncovered.iter().map(|(part, name)| proposal(&read.head.base, *part, name)).collect(),
    });
    let page = EnvironmentPage {
        crumbs: read.head.own_crumbs(&layout),
        tabs: tabs(&read, &home),
        may_operate: read.may_operate,
        may_admin: read.may_admin,
        deployed: read.stand.rack.deployed().map(whole),
        draft: read.stand.rack.draft().map(whole),
        protected: read.stand.environment.approvals > 0,
        flows_say: match read.residents.len() as u64 {
            0 => "No flow runs here".to_owned(),
            1 => "1 flow runs here".to_owned(),
            n => format!("{} run here", plural(n, "flow", "flows")),
        },
        frozen: frozen(&environment.freezes().unwrap_or_default(), visitor.state.now()).map(|f| {
            let until = words(f.until.0, now, TimeStyle::Full);
            let text = format!("Reason: {}. Rolling back is always possible.", f.reason.trim_end_matches('.'));
            Banner::new(Kind::Warn, format!("{} is frozen until {until} UTC: nothing moves forward.", environment.name), text)
        }),
        rack_says: rack_says(&read),
        rack: read.stand.rows.iter().map(|r| slot(&read, r, now)).collect(),
        shown: row.map_or(0, |r| whole(r.number)),
        shown_draft: draft,
        shown_words: row.map_or_else(|| "no version".to_owned(), shown_words),
        versions: segments(&read, row),
        since: against.and(read.stand.rack.deployed()).map_or_else(String::new, |n| format!("Since #{n}")),
        replacements: content.entries().iter().enumerate().map(|(i, e)| replacement(&read, e, &found, editable, &home, i)).collect(),
        gone: found.iter().filter(|d| matches!(d.what, What::Removed { .. })).map(views::change).collect(),
        note: row.filter(|_| editable).map(|r| {
            Field::line("note", format!("Note, kept with #{} for life", r.number)).value(r.note.as_str()).check_in(&refused.errors)
        }),
        shown_note: row.map(|r| r.note.clone()).unwrap_or_default(),
        coverage: read.residents.iter().filter(|r| !r.refers.is_empty()).map(|r| covered(r, content, &read.known, &home)).collect(),
        coverage_says: missing,
        more_flows: read.residents.len().saturating_sub(LISTED) as u64,
        production: read.all.iter().find(|e| e.is_production && e.id != environment.id).map(|e| e.name.clone()).unwrap_or_default(),
        flows: read.flows.iter().map(|f| flow(f, &home, now)).collect(),
        facts: facts(&read, now),
        form,
        environment: read.head,
        layout,
    };
    match only.filter(|_| visitor.hx.fragment) {
        Some("slots") => htmx::page(StatusCode::OK, &page.as_slots()),
        _ => htmx::page(refused.status, &page),
    }
}

fn proposal(base: &str, part: crate::domain::environment::Part, name: &str) -> (String, String) {
    let to = address::with(base, &[("part", part.as_str()), ("name", name)]);
    (format!("{to}#replacements"), format!("{name} ({})", part.title().to_lowercase()))
}

fn tabs(read: &Read, home: &str) -> Tabs {
    let here = &read.stand.environment.id;
    let tab = |e: &crate::store::environments::Environment| {
        Choice::new(format!("{home}/environments/{}", e.slug), e.name.as_str(), e.id == *here)
    };
    Tabs { label: "Environments".to_owned(), tabs: read.all.iter().map(tab).collect() }
}

/// "Five are kept. Deploying #10 removes #6 and opens draft #11."
fn rack_says(read: &Read) -> String {
    let (rack, keeps) = (&read.stand.rack, read.stand.environment.keeps);
    let kept = match keeps {
        3 => "Three are kept.".to_owned(),
        4 => "Four are kept.".to_owned(),
        5 => "Five are kept.".to_owned(),
        n => format!("{n} are kept."),
    };
    let Some(draft) = rack.draft() else { return format!("{kept} There is no draft: make one from a version.") };
    let victims: Vec<String> = read.stand.victims(draft).iter().map(|n| format!("#{n}")).collect();
    let removes = if victims.is_empty() { String::new() } else { format!(" removes {} and", victims.join(" and ")) };
    format!("{kept} Deploying #{draft}{removes} opens draft #{}.", rack.last() + 1)
}

fn slot(read: &Read, row: &EnvironmentVersion, now: i64) -> Slot {
    let state = views::state(row);
    let near = |at: i64| TimeView::near(at, now);
    let day = |at: i64| TimeView::styled(at, now, TimeStyle::Day);
    let next_out = read.stand.rack.draft().is_some_and(|draft| read.stand.victims(draft).contains(&row.number));
    let mut lines = Vec::new();
    match state {
        ConfigurationState::Draft => {
            lines.push(Rich::new().text("Changed ").time(near(row.updated_at)));
            if let (Some(deployed), Ok(found)) = (read.stand.rack.deployed(), read.stand.since_deployed(row)) {
                lines.push(match found.len() as u64 {
                    0 => format!("Same as #{deployed}").into(),
                    n => format!("{} since #{deployed}", plural(n, "change", "changes")).into(),
                });
            }
        }
        ConfigurationState::Deployed => {
            lines.extend(row.deployed_at.map(|at| Rich::new().text("Deployed ").time(near(at))));
            lines.extend(read.approved.as_ref().map(|a| agreed(a, read.home())));
            lines.push("Used by runs now".into());
        }
        ConfigurationState::Inactive => {
            if let (Some(from), Some(to)) = (row.deployed_at, row.retired_at) {
                lines.push(Rich::new().time(day(from)).text(" to ").time(day(to)));
            }
        }
    }
    let who = if state == ConfigurationState::Draft { &row.updated_by } else { row.deployed_by.as_ref().unwrap_or(&row.updated_by) };
    Slot {
        number: whole(row.number),
        tag: views::tag(row),
        status: views::status(row),
        who: who.clone(),
        lines,
        note: row.note.clone(),
        next_out,
        is_draft: state == ConfigurationState::Draft,
        is_deployed: state == ConfigurationState::Deployed,
        deployable: read.may_operate && state != ConfigurationState::Deployed,
        proposes: approval::needs(&read.stand.environment, row, Micros(now)).unwrap_or(true),
    }
}

/// "proposed by Ada, approved by Bo", leading to the proposal.
fn agreed(approved: &Approved, home: &str) -> Rich {
    Rich::new().link(&format!("{home}/approvals/{}", approved.id), &approved.sentence())
}

fn shown_words(row: &EnvironmentVersion) -> String {
    match views::state(row) {
        ConfigurationState::Draft => format!("draft #{}", row.number),
        ConfigurationState::Deployed => format!("deployed #{}", row.number),
        ConfigurationState::Inactive => format!("#{}", row.number),
    }
}

fn segments(read: &Read, shown: Option<&EnvironmentVersion>) -> Segments {
    let choice = |row: &EnvironmentVersion| {
        let name = views::state(row).as_str();
        let here = shown.is_some_and(|s| s.id == row.id);
        let words = format!("{} #{}", if row.is_draft() { "Draft" } else { "Deployed" }, row.number);
        Choice::new(address::with(&read.head.base, &[("v", name)]), words, here)
    };
    let choices = [read.stand.draft(), read.stand.deployed()].into_iter().flatten().map(choice).collect();
    Segments { label: "Show version".to_owned(), choices }
}

fn replacement(read: &Read, entry: &Entry, found: &[Difference], editable: bool, home: &str, index: usize) -> ReplacementRow {
    let mine: Vec<&Difference> = found.iter().filter(|d| d.part == entry.part && d.name == entry.name).collect();
    let users = views::users(&read.residents, entry.part, &entry.name, home);
    let edit = address::with(&format!("{}/replacements/change", read.head.base), &[("part", entry.part.as_str()), ("name", &entry.name)]);
    ReplacementRow {
        index,
        icon: views::icon(entry.part),
        kind: entry.part.title(),
        part: entry.part.as_str(),
        name: entry.name.clone(),
        value: entry.value.clone(),
        was: mine.iter().find_map(|d| d.from().map(str::to_owned)),
        diff: match mine.first().map(|d| &d.what) {
            Some(What::Added { .. }) => Diff::Added,
            Some(_) => Diff::Changed,
            None => Diff::Same,
        },
        managed: entry.managed,
        used: match users.len() as u64 {
            0 => "No flow here".to_owned(),
            n => plural(n, "flow", "flows"),
        },
        users,
        edit: if editable { edit } else { String::new() },
    }
}

/// What is not covered, above the list of it.
fn coverage_says(uncovered: u64, missing: &[Entry]) -> String {
    let mut says = Vec::new();
    if uncovered > 0 {
        let are = if uncovered == 1 { "is" } else { "are" };
        says.push(format!("{} of these flows {are} not replaced: each flow's own is used.", plural(uncovered, "component", "components")));
    }
    says.extend(coverage::warnings(missing));
    says.join(" ")
}

fn covered(resident: &coverage::Resident, content: &Configuration, known: &coverage::Known, home: &str) -> CoverageRow {
    let (mut replaced, mut own) = (Vec::new(), Vec::new());
    for line in resident.covered(content, known) {
        let named = Rich::new().dim(&format!("{} ", line.part.title())).code(&line.name);
        match (&line.replacement, &line.missing) {
            (Some(to), _) => replaced.push(named.text(" → ").code(to)),
            (None, Some(gone)) => own.push(named.text(" → ").code(gone).text(", which does not exist")),
            (None, None) => own.push(named),
        }
    }
    CoverageRow { flow: (format!("{home}/flows/{}", resident.flow.slug), resident.flow.name.clone()), replaced, own }
}

fn flow(here: &FlowHere, home: &str, now: i64) -> FlowRow {
    let resident = &here.resident;
    let base = format!("{home}/flows/{}", resident.flow.slug);
    let link = |number: i64| format!("{base}/versions/{number}");
    let compared = match here.production {
        None => Rich::new().dim("Not in production"),
        Some(n) if n == here.live.number => Rich::new().dim("Same"),
        Some(n) => {
            let (older, newer) = (n.min(here.live.number), n.max(here.live.number));
            let apart = plural(whole(newer - older), "version", "versions");
            let words = format!("{apart} {} v{n}", if here.live.number > n { "ahead of" } else { "behind" });
            Rich::new().link(&format!("{base}/compare/{n}...{}", here.live.number), &words)
        }
    };
    FlowRow {
        flow: (base.clone(), resident.flow.name.clone()),
        plate: plate(&here.live, here.colour).elsewhere().link(link(here.live.number)),
        status: resident.row.switch.parse().map_or_else(|_| version::switched(crate::domain::deployment::Switch::On), version::switched),
        compared,
        since: resident.row.primary_since.map_or_else(Rich::new, |at| Rich::new().time(TimeView::near(at, now))),
        by: match (&here.record, &here.approved) {
            (Some(record), Some(approved)) => Rich::new().text(&record.actor_name).text(", ").join(&agreed(approved, home)),
            (Some(record), None) => record.actor_name.as_str().into(),
            (None, _) => Rich::new(),
        },
        start: match &here.start {
            Ok((answer, _)) if matches!(answer.reason, Reason::RolloutCandidate | Reason::RolloutPrimary) => split(resident, &base),
            Ok((answer, sync)) => {
                let taken = Plate::new(whole(answer.pin.number), colour(*sync)).elsewhere().link(link(answer.pin.number));
                Rich::new().plate(&taken).dim(&format!(" {}", answer.reason.sentence()))
            }
            Err(says) => Rich::new().dim(says),
        },
    }
}

/// Who takes which share of new runs while a rollout is under way: one start falls to either side.
fn split(resident: &Resident, base: &str) -> Rich {
    let side = |number: Option<i64>| number.map_or_else(Rich::new, |n| Rich::new().link(&format!("{base}/versions/{n}"), &format!("v{n}")));
    let row = &resident.row;
    side(row.candidate_number)
        .dim(&format!(" takes {} of new runs, ", percent(row.basis_points)))
        .join(&side(row.primary_number))
        .dim(" the others")
}

fn facts(read: &Read, now: i64) -> Vec<(String, Rich)> {
    let environment = &read.stand.environment;
    let names = read::names(&read.all);
    let mut facts = Vec::new();
    if let Ok(kind) = environment.kind() {
        facts.push(("Kind".to_owned(), Rich::new().text(kind.title()).text(". ").dim(kind.sentence())));
    }
    let source = environment.promotes_from.as_ref().and_then(|id| names.get(id.as_str()));
    let path = source.map_or_else(|| Rich::from("Any published version"), |name| Rich::new().text("Only what is live in ").strong(name));
    facts.push(("Takes".to_owned(), path));
    let freezes = environment.freezes().unwrap_or_default();
    let windows = freezes.iter().fold(Rich::new(), |all, freeze| {
        let all = if all.is_empty() { all } else { all.text("; ") };
        all.join(&views::window(freeze, now)).dim(&format!(" ({})", freeze.reason()))
    });
    facts.push(("Freezes".to_owned(), if windows.is_empty() { "None".into() } else { windows }));
    if environment.approvals > 0 {
        facts.push(("Protected".to_owned(), plural(whole(environment.approvals), "approval", "approvals").into()));
    }
    facts
}
