//! A proposal as pages show it: in a line, what changes, how it goes out, what was said.

use crate::app;
use crate::app::approval::look::{self, Looked};
use crate::app::approval::subject::{Revision, Subject};
use crate::app::deployment::deploy::Deploy;
use crate::app::rollout::begin::Rolling;
use crate::app::version::table;
use crate::domain::approval::{Standing, Verdict};
use crate::domain::deployment::InFlight;
use crate::domain::rollout::{Advance, percent};
use crate::store::conn::Conn;
use crate::store::proposals::Vote;
use crate::store::workspaces::Workspace;
use crate::store::{deployments, environments};
use crate::web::components::change::{ChangeView, CheckView, Diff};
use crate::web::components::rich::Rich;
use crate::web::pages::approval::ProposalItem;
use crate::web::time::TimeView;

use super::{change, environment, plate};

/// A proposal in a line. `base` is the address of the list.
///
/// # Errors
/// The database.
pub fn item(conn: &mut Conn, found: &Looked, base: &str, now: i64) -> app::Result<ProposalItem> {
    let (state, status, icon) = words(found.standing);
    let (name, mark, share) = match &found.subject {
        Subject::Deployment(d) => {
            let all = environments::list(conn, &found.proposal.workspace_id)?;
            let sync = table::sync(&d.version, &all, &deployments::of_flow(conn, &d.flow.id)?);
            (d.flow.name.clone(), Rich::new().plate(&plate(&d.version, sync)), d.ask.rolling.as_ref().map(stages))
        }
        Subject::Configuration(c) => ("Configuration".to_owned(), Rich::new().tag(&environment::tag(&c.row)), None),
    };
    Ok(ProposalItem {
        href: format!("{base}/{}", found.proposal.id),
        name,
        mark,
        short: found.proposal.subject(),
        environment: found.environment.name.clone(),
        share: share.unwrap_or_default(),
        comment: found.proposal.comment.clone(),
        state,
        status,
        icon,
        approvals: found.approvals(),
        needed: found.proposal.needed,
        proposer: found.proposal.proposer_name.clone(),
        at: TimeView::near(found.proposal.created_at, now),
    })
}

/// "5%, 25%, 50%"
fn stages(rolling: &Rolling) -> String {
    rolling.stages.list().iter().map(|s| percent(s.basis_points)).collect::<Vec<_>>().join(", ")
}

/// A standing in words, with its mark.
const fn words(standing: Standing) -> (&'static str, &'static str, &'static str) {
    match standing {
        Standing::Open => ("Waits for approvals", "waiting", "clock"),
        Standing::Approved => ("Approved, can be carried out", "ready", "check"),
        Standing::Executed => ("Carried out", "live", "check"),
        Standing::Rejected => ("Rejected", "failed", "x"),
        Standing::Withdrawn => ("Taken back", "inactive", "undo"),
        Standing::Void => ("Fell: something changed", "failed", "alert"),
        Standing::Expired => ("Expired", "inactive", "clock"),
    }
}

/// What would change, and against what.
pub struct Shown {
    /// There is something it is seen against.
    pub compared: bool,
    /// Where both are compared in full.
    pub compare_href: Option<String>,
    /// The differences.
    pub changes: Vec<ChangeView>,
}

/// What would change if it were carried out.
///
/// # Errors
/// The database.
pub fn shown(conn: &mut Conn, workspace: &Workspace, looked: &Looked) -> app::Result<Shown> {
    let home = format!("/w/{}", workspace.slug);
    match &looked.subject {
        Subject::Deployment(d) => {
            let found = look::comparison(conn, &looked.environment, d)?;
            let compare_href = found.as_ref().map(|(n, _)| format!("{home}/flows/{}/compare/{n}...{}", d.flow.slug, d.version.number));
            let changes = found.map(|(_, c)| change::changes(&c.changes)).unwrap_or_default();
            Ok(Shown { compared: compare_href.is_some(), compare_href, changes })
        }
        Subject::Configuration(c) => {
            let mut changes = environment::changes(&c.changes);
            changes.extend(c.revisions.iter().map(revision));
            let compare_href =
                c.asked.from.map(|n| format!("{home}/environments/{}/compare/{n}...{}", looked.environment.slug, c.row.number));
            Ok(Shown { compared: c.asked.from.is_some(), compare_href, changes })
        }
    }
}

/// A component that runs use at another revision from then on.
fn revision(found: &Revision) -> ChangeView {
    let named = |says: &str| Rich::new().text("Component ").strong(&found.component).text(says);
    match (found.from, found.to) {
        (Some(from), Some(to)) => {
            ChangeView::new(Diff::Changed, named(" is used at another revision")).values(from.to_string(), to.to_string())
        }
        (None, Some(to)) => ChangeView::new(Diff::Added, named(&format!(" can be used, at revision {to}"))),
        (_, None) => ChangeView::new(Diff::Removed, named(" is gone")),
    }
}

/// How it goes out, and what it is bound to.
pub fn facts(looked: &Looked) -> Vec<(String, Rich)> {
    let mut all: Vec<(String, Rich)> = Vec::new();
    match &looked.subject {
        Subject::Deployment(d) => how(&d.ask, &mut all),
        Subject::Configuration(c) => {
            all.push(("Configuration".into(), format!("#{}", c.row.number).as_str().into()));
            all.push((
                "Against".into(),
                c.asked.from.map_or_else(|| "Nothing deployed".to_owned(), |n| format!("#{n}, deployed then")).as_str().into(),
            ));
            if !c.asked.note.is_empty() {
                all.push(("Note".into(), c.asked.note.as_str().into()));
            }
            all.push(("Runs in progress".into(), "Keep the configuration they started with".into()));
        }
    }
    let hash = Rich::new().code(looked.proposal.bound_hash.get(..16).unwrap_or_default());
    all.push(("Bound to".into(), hash.text(", the hash of all that is shown here: an approval holds for nothing else")));
    all
}

/// How a flow's version is to go out.
fn how(ask: &Deploy, all: &mut Vec<(String, Rich)>) {
    match &ask.rolling {
        None => all.push(("New runs".into(), "All at once".into())),
        Some(rolling) => {
            all.push(("Stages".into(), format!("{}, then 100%", stages(rolling)).as_str().into()));
            let by = if rolling.advance == Advance::Auto { "By itself, where a stage has minimums" } else { "By hand" };
            all.push(("Goes on".into(), by.into()));
            for limit in rolling.guard.iter().flat_map(|g| g.sentences()) {
                all.push(("Guard".into(), format!("Stops if {limit}").as_str().into()));
            }
        }
    }
    let runs = if ask.in_flight == InFlight::Terminate { "Are cancelled" } else { "Finish on their version" };
    all.push(("Runs in progress".into(), runs.into()));
}

/// What somebody said.
pub fn said(vote: &Vote, now: i64) -> CheckView {
    let words = vote.comment.as_ref().map_or_else(String::new, |c| format!(": “{c}”"));
    let approved = vote.verdict == Verdict::Approve.as_str();
    let says = Rich::new().strong(&vote.user_name).text(if approved { " approved" } else { " rejected" }).text(&words);
    let view = if approved { CheckView::ok(says) } else { CheckView::bad(says) };
    view.note(Rich::new().time(TimeView::near(vote.at, now)))
}
