//! The routing row of a flow in an environment, and every way it may change (PRODUCT §5, DECISIONS 7).
//!
//! Each verb is a function from the row that stands to the row that would stand. `app` reads the row,
//! calls the verb, and writes the result only if the row's revision is still the one it read.

use super::ids::VersionId;

crate::text_enum! {
    /// Whether new runs may start; it survives deployments (PRODUCT §5.7).
    pub enum Switch ("run switch") {
        /// Everything may start.
        On = "on",
        /// New starts are refused, running ones finish.
        Paused = "paused",
        /// Triggers and schedules are off; manual and test runs are allowed.
        Disabled = "disabled",
        /// Off, and what ran was cancelled.
        Stopped = "stopped",
    }
}

crate::text_enum! {
    /// What a deployment record says was done.
    pub enum Verb ("deployment verb") {
        /// A version became primary for the first time here.
        Deploy = "deploy",
        /// A version that was live here before became primary again.
        Redeploy = "redeploy",
        /// The way back.
        Rollback = "rollback",
        /// New starts refused.
        Pause = "pause",
        /// Everything may start again.
        Resume = "resume",
        /// Triggers off.
        Disable = "disable",
        /// Triggers on again.
        Enable = "enable",
        /// Off, runs cancelled.
        Stop = "stop",
        /// A candidate began to take a share of new runs.
        Rollout = "rollout",
        /// The candidate's share grew.
        Advance = "advance",
        /// The candidate became primary.
        Promote = "promote",
        /// The share stays; no further stage starts.
        Halt = "halt",
        /// A halted rollout goes on.
        Continue = "continue",
        /// Everything back to the primary, without a judgement.
        StopRollout = "stop_rollout",
        /// A live version got another revision.
        Hotfix = "hotfix",
    }
}

/// Verbs that make a version primary.
pub const PUTS: &[Verb] = &[Verb::Deploy, Verb::Redeploy, Verb::Rollback, Verb::Promote];

impl Verb {
    /// The past tense for timelines: "Ada *deployed* v3".
    pub const fn past(self) -> &'static str {
        match self {
            Self::Deploy => "deployed",
            Self::Redeploy => "redeployed",
            Self::Rollback => "rolled back",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Disable => "disabled",
            Self::Enable => "enabled",
            Self::Stop => "stopped",
            Self::Rollout => "began to roll out",
            Self::Advance => "advanced",
            Self::Promote => "completed the rollout of",
            Self::Halt => "halted the rollout of",
            Self::Continue => "continued the rollout of",
            Self::StopRollout => "stopped the rollout of",
            Self::Hotfix => "hot-fixed",
        }
    }
}

crate::text_enum! {
    /// What happens to runs in flight when another version becomes primary (PRODUCT §5.2).
    pub enum InFlight ("choice for runs in flight") {
        /// They finish on their own version.
        Drain = "drain",
        /// They are cancelled.
        Terminate = "terminate",
    }
}

/// A version (and its hot-fix revision) that stands in a routing row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pin {
    /// The version.
    pub version: VersionId,
    /// Its number, for people.
    pub number: i64,
    /// Its revision; 0 at publication.
    pub revision: i64,
}

/// The version that is being rolled out beside the primary, and its share.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Candidate {
    /// Which version.
    pub pin: Pin,
    /// Share of new runs in basis points (1/100 %), 1 to 9,999.
    pub basis_points: i64,
    /// Mixed into the key's hash, so that each rollout picks other keys; kept for the rollout's life.
    pub salt: String,
    /// Starts without a key counted at this share, for their exact split.
    pub counter: i64,
    /// The rollout; empty in records older than rollouts.
    #[serde(default)]
    pub rollout: String,
}

/// What is routed where: one row per flow and environment, at most one primary, at most one candidate.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Routing {
    /// What new runs take, if anything is live.
    pub primary: Option<Pin>,
    /// What is being rolled out beside it.
    pub candidate: Option<Candidate>,
    /// Whether new runs may start.
    pub switch: Switch,
    /// Why the switch stands where it does.
    pub switch_reason: Option<String>,
    /// Grows by one with each change; every change is conditional on it.
    pub revision: i64,
}

impl Routing {
    /// Nothing deployed yet.
    pub const fn empty() -> Self {
        Self { primary: None, candidate: None, switch: Switch::On, switch_reason: None, revision: 0 }
    }

    fn next(&self) -> Self {
        Self { revision: self.revision + 1, ..self.clone() }
    }
}

/// Why a routing row cannot change in the way asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTransition {
    /// The row moved since the caller looked.
    #[error("This changed while you were looking. Look at what stands there now, then decide again.")]
    Stale,
    /// Nothing is deployed.
    #[error("Nothing is deployed here yet. Deploy a version first.")]
    NothingLive,
    /// The switch already stands there.
    #[error("It is already {0} here.")]
    Already(Switch),
    /// The verb does not lead from this switch position.
    #[error("It is {from} here, so it cannot be {wanted}. {fix}")]
    Switch {
        /// Where the switch stands.
        from: Switch,
        /// What was asked for.
        wanted: &'static str,
        /// What to do instead.
        fix: &'static str,
    },
    /// A percentage needs something to share with.
    #[error("Nothing is live here yet, so there is nothing to share runs with. Deploy it to all new runs instead.")]
    NeedsPrimary,
    /// The version is primary already.
    #[error("Version {0} takes all new runs here already, so it cannot be rolled out beside itself.")]
    AlreadyPrimary(i64),
    /// A rollout is under way.
    #[error("A rollout of version {0} is under way here. Say what happens to it: replace it, or cancel it.")]
    RolloutUnderWay(i64),
    /// No rollout is under way.
    #[error("No rollout is under way here.")]
    NoRollout,
    /// The share can only grow.
    #[error("It takes {} of new runs already; a rollout only grows. Stop it or roll back instead.", super::rollout::percent(*.0))]
    ShareOnlyGrows(i64),
    /// Rolling back to what is live already.
    #[error("Version {0} is what runs here already. Choose another version to go back to.")]
    SameVersion(i64),
}

/// Checks the revision the caller based the decision on; `None` means it does not matter to them.
///
/// # Errors
/// [`InvalidTransition::Stale`] when the row is another by now.
pub fn expect(routing: &Routing, expected: Option<i64>) -> Result<(), InvalidTransition> {
    match expected {
        Some(revision) if revision != routing.revision => Err(InvalidTransition::Stale),
        _ => Ok(()),
    }
}

/// Makes `pin` the primary at once. Deploying the live version again is a new record too (CONTRACT).
/// A stopped deployment starts again with it; a paused or disabled one stays so.
pub fn deploy(routing: &Routing, pin: Pin) -> Routing {
    let mut next = routing.next();
    next.primary = Some(pin);
    next.candidate = None;
    if next.switch == Switch::Stopped {
        next.switch = Switch::On;
        next.switch_reason = None;
    }
    next
}

/// Lets `pin` take a share of new runs beside the primary (PRODUCT §5.3). A stopped deployment starts again with it.
///
/// # Errors
/// Nothing to share with; it is the primary; another rollout is under way.
pub fn begin_rollout(routing: &Routing, candidate: Candidate) -> Result<Routing, InvalidTransition> {
    let Some(primary) = &routing.primary else { return Err(InvalidTransition::NeedsPrimary) };
    if *primary == candidate.pin {
        return Err(InvalidTransition::AlreadyPrimary(primary.number));
    }
    if let Some(other) = &routing.candidate {
        return Err(InvalidTransition::RolloutUnderWay(other.pin.number));
    }
    let mut next = routing.next();
    next.candidate = Some(candidate);
    if next.switch == Switch::Stopped {
        next.switch = Switch::On;
        next.switch_reason = None;
    }
    Ok(next)
}

/// Raises the candidate's share. Its starts are counted anew, so that the split is exact at each share.
///
/// # Errors
/// No rollout is under way; the share would not grow.
pub fn raise(routing: &Routing, basis_points: i64) -> Result<Routing, InvalidTransition> {
    let mut next = routing.next();
    let Some(candidate) = &mut next.candidate else { return Err(InvalidTransition::NoRollout) };
    if basis_points <= candidate.basis_points {
        return Err(InvalidTransition::ShareOnlyGrows(candidate.basis_points));
    }
    (candidate.basis_points, candidate.counter) = (basis_points, 0);
    Ok(next)
}

/// Makes the candidate the primary.
///
/// # Errors
/// No rollout is under way.
pub fn promote(routing: &Routing) -> Result<Routing, InvalidTransition> {
    let mut next = routing.next();
    let Some(candidate) = next.candidate.take() else { return Err(InvalidTransition::NoRollout) };
    next.primary = Some(candidate.pin);
    Ok(next)
}

/// Sends all new runs back to the primary.
///
/// # Errors
/// No rollout is under way.
pub fn withdraw(routing: &Routing) -> Result<Routing, InvalidTransition> {
    let mut next = routing.next();
    if next.candidate.take().is_none() {
        return Err(InvalidTransition::NoRollout);
    }
    Ok(next)
}

/// A change that leaves the split as it is, such as a halt: it still has a revision of its own, so that two people
/// cannot decide upon each other unseen.
///
/// # Errors
/// No rollout is under way.
pub fn hold(routing: &Routing) -> Result<Routing, InvalidTransition> {
    if routing.candidate.is_none() {
        return Err(InvalidTransition::NoRollout);
    }
    Ok(routing.next())
}

/// Gives a version that takes runs here its newest revision (PRODUCT §3.6); `None` when it takes none.
pub fn refit(routing: &Routing, version: &VersionId, revision: i64) -> Option<Routing> {
    let mut next = routing.next();
    let candidate = next.candidate.as_mut().map(|c| &mut c.pin);
    let pin = next.primary.as_mut().into_iter().chain(candidate).find(|pin| pin.version == *version)?;
    pin.revision = revision;
    Some(next)
}

/// Goes back to `pin`, whatever else is going on here (PRODUCT §5.5).
///
/// # Errors
/// Nothing live, or `pin` is what is live.
pub fn roll_back(routing: &Routing, pin: Pin) -> Result<Routing, InvalidTransition> {
    match &routing.primary {
        None => Err(InvalidTransition::NothingLive),
        Some(live) if *live == pin && routing.candidate.is_none() => Err(InvalidTransition::SameVersion(live.number)),
        Some(_) => Ok(deploy(routing, pin)),
    }
}

/// Moves the run switch (PRODUCT §5.7).
///
/// # Errors
/// Nothing live, or the verb does not lead anywhere from here.
pub fn switch(routing: &Routing, verb: Verb, reason: Option<String>) -> Result<Routing, InvalidTransition> {
    use Switch::{Disabled, On, Paused, Stopped};
    if routing.primary.is_none() {
        return Err(InvalidTransition::NothingLive);
    }
    let refuse = |wanted, fix| Err(InvalidTransition::Switch { from: routing.switch, wanted, fix });
    let to = match (verb, routing.switch) {
        (Verb::Pause, On | Disabled) => Paused,
        (Verb::Pause, Paused) => return Err(InvalidTransition::Already(Paused)),
        (Verb::Pause, Stopped) => return refuse("paused", "Resume it first."),
        (Verb::Resume, Paused | Stopped | Disabled) => On,
        (Verb::Resume | Verb::Enable, On) => return Err(InvalidTransition::Already(On)),
        (Verb::Disable, On | Paused) => Disabled,
        (Verb::Disable, Disabled) => return Err(InvalidTransition::Already(Disabled)),
        (Verb::Disable, Stopped) => return refuse("disabled", "Resume it first."),
        (Verb::Enable, Disabled) => On,
        (Verb::Enable, Paused | Stopped) => return refuse("enabled", "Resume it instead."),
        (Verb::Stop, On | Paused | Disabled) => Stopped,
        (Verb::Stop, Stopped) => return Err(InvalidTransition::Already(Stopped)),
        _ => return refuse("switched that way", "Deploy or roll back instead."),
    };
    Ok(Routing { switch: to, switch_reason: if to == On { None } else { reason }, ..routing.next() })
}

#[cfg(test)]
mod tests;
