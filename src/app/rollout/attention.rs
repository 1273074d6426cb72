//! What of rollouts the dashboard names: what waits for somebody, what a guard sent back, what is held.

use super::super::error::Result;
use crate::domain::clock::Micros;
use crate::domain::guard::Outcome;
use crate::domain::rollout::State;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows::{self, Flow};
use crate::store::quarantines::{self, Quarantine};
use crate::store::rollouts::{self, Rollout};
use crate::store::workspaces::Workspace;

/// Of each kind at the most.
const LISTED: i64 = 5;

/// Why it is named; the first ones need somebody most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Its guard sent it back within a day.
    SentBack(Rollout),
    /// Its guard halted it.
    HaltedByGuard(Rollout),
    /// Too few runs ended to judge it.
    Undecided(Rollout),
    /// Somebody halted it.
    Halted(Rollout),
    /// It goes on by itself or by hand; nobody needs to do anything.
    UnderWay(Rollout, i64),
    /// A version is held, and no guard said so just now.
    Held(Quarantine),
}

impl What {
    const fn rank(&self) -> u8 {
        match self {
            Self::SentBack(_) => 0,
            Self::HaltedByGuard(_) => 1,
            Self::Undecided(_) => 2,
            Self::Halted(_) => 3,
            Self::UnderWay(..) => 4,
            Self::Held(_) => 5,
        }
    }
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Notable {
    /// The flow.
    pub flow: Flow,
    /// Where.
    pub environment: Environment,
    /// Why.
    pub what: What,
}

/// What the dashboard of a workspace names.
///
/// # Errors
/// The database.
pub fn notable(conn: &mut Conn, now: Micros, workspace: &Workspace, environments: &[Environment]) -> Result<Vec<Notable>> {
    let mut found: Vec<(String, String, What)> = Vec::new();
    let sent_back = rollouts::failed_since(conn, &workspace.id, now.plus(-Micros::DAY).0, LISTED)?;
    for held in quarantines::of_workspace(conn, &workspace.id, LISTED)? {
        // What the guard did a moment ago is named once, as that.
        if !sent_back.iter().any(|r| r.version_id == held.version_id && r.environment_id == held.environment_id) {
            found.push((held.flow_id.clone(), held.environment_id.clone(), What::Held(held)));
        }
    }
    for rollout in rollouts::open(conn, &workspace.id, LISTED)? {
        let (state, outcome) = (rollout.state()?, rollout.outcome()?);
        let keys = (rollout.flow_id.clone(), rollout.environment_id.clone());
        let what = match state {
            State::Halted if outcome == Outcome::Fail => What::HaltedByGuard(rollout),
            State::Halted => What::Halted(rollout),
            _ if outcome == Outcome::Inconclusive => What::Undecided(rollout),
            _ => {
                let share = rollouts::steps(conn, &rollout.id)?.last().map_or(0, |s| s.basis_points);
                What::UnderWay(rollout, share)
            }
        };
        found.push((keys.0, keys.1, what));
    }
    found.extend(sent_back.into_iter().map(|r| (r.flow_id.clone(), r.environment_id.clone(), What::SentBack(r))));
    found.sort_by_key(|(.., what)| what.rank());
    let mut ids: Vec<&str> = found.iter().map(|(flow, ..)| flow.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let flows = if ids.is_empty() { Vec::new() } else { flows::get_many(conn, &ids)? };
    let whole = found.into_iter().filter_map(|(flow, environment, what)| {
        let flow = flows.iter().find(|f| f.id == flow && f.deleted_at.is_none() && f.archived_at.is_none())?.clone();
        let environment = environments.iter().find(|e| e.id == environment)?.clone();
        Some(Notable { flow, environment, what })
    });
    Ok(whole.collect())
}
