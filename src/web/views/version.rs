//! A version's status, problems and what can be done with it.

use serde::Deserialize;

use crate::app::component::check::missing;
use crate::app::version::table::{Presence, VersionRow};
use crate::domain::deployment::Switch;
use crate::store::environments::Environment;
use crate::store::quarantines::Quarantine;
use crate::store::versions::Version;
use crate::web::components::meter::Share;
use crate::web::components::plate::Sync;
use crate::web::components::rich::Rich;
use crate::web::components::status::{StatusView, Tip};
use crate::web::numbers::plural;
use crate::web::pages::flow::{InProduction, May, VersionActs};
use crate::web::time::TimeView;

use super::{colour, whole};

/// A problem as it is stored with a version.
#[derive(Debug, Clone, Deserialize)]
pub struct Found {
    /// JSON pointer of the place.
    pub pointer: String,
    /// Line in the author's text, from 1.
    pub line: Option<u32>,
    /// What is wrong and how to fix it.
    pub message: String,
    /// `error`, `not_executable` or `warning`.
    pub severity: String,
}

impl Found {
    /// Whether it stops publication.
    pub fn blocks(&self) -> bool {
        self.severity != "warning"
    }

    /// Where it is, as people say it: `fetchPrice, with.endpoint`.
    pub fn place(&self) -> String {
        place(&self.pointer)
    }
}

/// A place in a definition, as people say it.
pub fn place(pointer: &str) -> String {
    let parts: Vec<String> = pointer.split('/').skip(1).map(|p| p.replace("~1", "/").replace("~0", "~")).collect();
    match &parts[..] {
        [] => "Definition".to_owned(),
        [list, index, step, rest @ ..] if list == "do" && index.bytes().all(|b| b.is_ascii_digit()) => {
            if rest.is_empty() {
                step.clone()
            } else {
                format!("{step}, {}", rest.join("."))
            }
        }
        all => all.join("."),
    }
}

/// The problems that a version was stored with; warnings last.
pub fn problems(version: &Version) -> Vec<Found> {
    // Written by us as JSON; what cannot be read is none, and the count beside it still says how many there are.
    serde_json::from_str(&version.problems).unwrap_or_default()
}

/// The problems that stop it, as links to the place to fix (a draft) or to the line of its text.
pub fn problem_lines(version: &Version, base: &str) -> Vec<Rich> {
    problems(version)
        .iter()
        .filter(|p| p.blocks())
        .map(|p| {
            let to = if version.is_draft() {
                let query = serde_html_form::to_string([("step", p.pointer.as_str())]).unwrap_or_default();
                format!("{base}/edit?{query}")
            } else {
                p.line.map_or_else(|| format!("{base}/definition"), |n| format!("{base}/definition#line-{n}"))
            };
            let says = Rich::new().link(&to, &p.place()).text(": ").join(&marked(&p.message));
            match (missing(&p.message), base.split_once("/flows/")) {
                (Some((kind, name)), Some((workspace, _))) => {
                    says.text(" ").link(&format!("{workspace}/components/new?kind={kind}&name={name}"), &format!("Make the {kind}"))
                }
                _ => says,
            }
        })
        .collect()
}

/// A message with what stands between back ticks as code.
pub fn marked(message: &str) -> Rich {
    let parts = message.split('`').enumerate();
    parts.fold(Rich::new(), |says, (i, part)| if i % 2 == 1 { says.code(part) } else { says.text(part) })
}

/// "2 problems stop version 19 from going live".
pub fn problems_say(version: &Version) -> String {
    let n = whole(version.problem_count);
    format!("{} {} version {} from going live", plural(n, "problem", "problems"), if n == 1 { "stops" } else { "stop" }, version.number)
}

fn not_ready(version: &Version, base: &str) -> StatusView {
    StatusView::not_ready(Some(Tip {
        id: format!("nr-{}", version.number),
        title: problems_say(version),
        lines: problem_lines(version, base),
        link: version.is_draft().then(|| (format!("{base}/edit"), "Fix in the editor".to_owned())),
    }))
}

/// How the switch stands, for what is primary.
pub fn switched(switch: Switch) -> StatusView {
    match switch {
        Switch::On => StatusView::live(),
        Switch::Paused => StatusView::paused(),
        Switch::Disabled => StatusView::disabled(),
        Switch::Stopped => StatusView::stopped(),
    }
}

/// A share in basis points as whole percents, never rounded to nothing or to all.
pub fn percent(basis_points: i64) -> u32 {
    let rounded = u32::try_from((basis_points.clamp(0, 10_000) + 50) / 100).unwrap_or(0);
    match basis_points {
        ..=0 => 0,
        10_000.. => 100,
        _ => rounded.clamp(1, 99),
    }
}

/// "In Production since today 13:02, by Aiko Tanaka: zero prices. Look or release"
pub fn quarantined(held: &Quarantine, environments: &[Environment], base: &str, now: i64) -> Rich {
    let place = environments.iter().find(|e| e.id == held.environment_id);
    let name = place.map_or("an environment that is gone", |e| e.name.as_str());
    let says = Rich::new().text("In ").strong(name).text(" since ").time(TimeView::near(held.since, now)).text(&format!(
        ", by {}: {} ",
        held.by_name,
        ended(&held.reason)
    ));
    let flow = base.split("/versions/").next().unwrap_or(base);
    match place {
        Some(e) => says.link(&format!("{flow}/environments/{}/quarantine/{}", e.slug, held.version_number), "Its runs, and releasing it"),
        None => says,
    }
}

fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// What matters most of lifecycle, validity and presence in production (PRODUCT §2). `base` is the version's address.
pub fn status(row: &VersionRow, environments: &[Environment], base: &str, now: i64) -> StatusView {
    let version = &row.version;
    match row.in_production(environments) {
        Some(Presence::Live(switch, _)) => return switched(*switch),
        Some(Presence::RollingOut(points)) => return StatusView::rolling(percent(*points)),
        None => {}
    }
    if !row.held.is_empty() {
        return StatusView::quarantined(Some(Tip {
            id: format!("q-{}", version.number),
            title: format!("Version {} is quarantined", version.number),
            lines: row.held.iter().map(|q| quarantined(q, environments, base, now)).collect(),
            link: None,
        }));
    }
    if version.archived_at.is_some() {
        StatusView::archived()
    } else if !version.ready {
        not_ready(version, base)
    } else if version.is_draft() {
        StatusView::draft()
    } else if row.presence.is_empty() && version.first_live_at.is_some() {
        StatusView::inactive()
    } else {
        StatusView::ready()
    }
}

/// What it is in production.
pub fn in_production(row: &VersionRow, environments: &[Environment]) -> InProduction {
    let share = |sync, percent| Share { sync, percent, label: format!("{percent}% of new production runs") };
    match row.in_production(environments) {
        Some(Presence::Live(_, 10_000..)) => InProduction::Current,
        Some(Presence::Live(_, points)) => InProduction::CurrentShare(share(Sync::Current, percent(*points))),
        Some(Presence::RollingOut(points)) => InProduction::Rolling(share(colour(row.sync), percent(*points))),
        None if row.held.iter().any(|q| environments.iter().any(|e| e.is_production && e.id == q.environment_id)) => {
            InProduction::Quarantined
        }
        None if row.version.synced_at.is_some() => InProduction::Earlier,
        None => InProduction::Never,
    }
}

/// "Runs in Development · From v18 · 3 runs still finishing".
pub fn sub(row: &VersionRow, environments: &[Environment]) -> String {
    let mut parts = Vec::new();
    let elsewhere: Vec<&str> =
        row.presence.iter().filter_map(|(i, _)| environments.get(*i)).filter(|e| !e.is_production).map(|e| e.name.as_str()).collect();
    if !elsewhere.is_empty() {
        parts.push(format!("Runs in {}", elsewhere.join(" and ")));
    }
    if let Some(label) = &row.version.label {
        parts.push(format!("Label {label}"));
    }
    if let Some(from) = row.version.from_number.filter(|from| *from != row.version.number - 1) {
        parts.push(format!("From v{from}"));
    }
    if row.presence.is_empty() && row.open_runs > 0 {
        parts.push(format!("{} still finishing", plural(whole(row.open_runs), "run", "runs")));
    }
    parts.join(" · ")
}

/// What can be done with a version as things stand. The use cases decide; this spares people what they would refuse.
pub fn acts(row: &VersionRow, may: May) -> VersionActs {
    let version = &row.version;
    let (draft, archived, deployed) = (version.is_draft(), version.archived_at.is_some(), !row.presence.is_empty());
    let kept = if deployed {
        Some("Cannot be deleted while it is live")
    } else if row.outcomes.total() + row.open_runs > 0 {
        Some("Cannot be deleted: runs are pinned to it")
    } else if version.first_live_at.is_some() {
        Some("Cannot be deleted: it was live once")
    } else {
        None
    };
    VersionActs {
        edit: may.edit && draft,
        publish: may.edit && draft && version.ready,
        deploy: may.operate && !draft && !archived && version.ready,
        copy: may.edit,
        archive: may.edit && !draft && !archived && !deployed,
        unarchive: may.edit && archived,
        delete: may.edit && kept.is_none(),
        kept: kept.filter(|_| may.edit).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_to_nothing_or_to_all() {
        let shares = [(0, 0), (1, 1), (49, 1), (150, 2), (5_000, 50), (9_999, 99), (10_000, 100)];
        assert_eq!(shares.map(|(points, _)| percent(points)), shares.map(|(_, p)| p));
    }

    #[test]
    fn a_problem_is_named_by_its_step() {
        let place = |pointer: &str| Found { pointer: pointer.into(), line: None, message: String::new(), severity: "error".into() }.place();
        assert_eq!(place("/do/2/fetch~1price/with/endpoint"), "fetch/price, with.endpoint");
        assert_eq!(place("/do/0/guard"), "guard");
        assert_eq!(place("/document/name"), "document.name");
        assert_eq!(place(""), "Definition");
        assert_eq!(marked("`then` leads <b>").to_string(), "<code>then</code> leads &lt;b&gt;");
    }
}
