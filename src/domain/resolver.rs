//! Which version would a start use, and why? One resolver for every entry point (PRODUCT §5.8).

use super::deployment::{Pin, Routing, Switch};
use super::environment::Kind;
use super::run::Trigger;

crate::text_enum! {
    /// Why a run uses the version it uses; stored on the run.
    pub enum Reason ("reason") {
        /// Named by number, id or label.
        Explicit = "explicit",
        /// The primary here.
        Live = "live",
        /// The newest ready draft, which development prefers.
        NewestDraft = "newest_draft",
        /// The same version as the run that is retried.
        SameAsRetried = "same_as_retried",
    }
}

impl Reason {
    /// The reason as a clause: "because …".
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Explicit => "it was asked for by name",
            Self::Live => "it is live here",
            Self::NewestDraft => "it is the newest ready draft, which development prefers",
            Self::SameAsRetried => "the run that is retried used it",
        }
    }
}

/// A version somebody could start, with what the resolver has to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Startable {
    /// Which version.
    pub pin: Pin,
    /// Whether its validation found no errors.
    pub ready: bool,
    /// Whether it is still a draft.
    pub draft: bool,
}

/// What the resolver looks at. `app` fills it from one transaction.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// What kind of place it is.
    pub kind: Kind,
    /// What is routed there.
    pub routing: &'a Routing,
    /// The version asked for by name, if any.
    pub explicit: Option<&'a Startable>,
    /// The newest draft of the flow that is ready, if any.
    pub newest_ready_draft: Option<&'a Startable>,
    /// What starts the run.
    pub trigger: Trigger,
    /// Whether the run is a marked test run.
    pub test: bool,
}

/// The answer: a version and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The version a start would use.
    pub pin: Pin,
    /// Why.
    pub reason: Reason,
}

/// Why no version would start; each has a stable code for programs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// Nothing is live, and nothing may stand in.
    #[error("No version of this flow can run here. Deploy one first.")]
    NoRunnableVersion,
    /// The version asked for is not live here.
    #[error("Version {0} is not live here, and only development runs versions that are not. Deploy it, or mark the run as a test.")]
    VersionInactive(i64),
    /// The version asked for has problems.
    #[error("Version {0} is not ready. Open it and solve its problems first.")]
    VersionNotReady(i64),
    /// New starts are refused here.
    #[error("This flow is {0} here, so new runs are refused. Resume it first.")]
    DeploymentPaused(Switch),
}

impl Unresolved {
    /// The stable code of CONTRACT.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoRunnableVersion => "no_runnable_version",
            Self::VersionInactive(_) => "version_inactive",
            Self::VersionNotReady(_) => "version_not_ready",
            Self::DeploymentPaused(_) => "deployment_paused",
        }
    }
}

/// Resolves: explicit version, then what is routed, then the environment's preference
/// (development: newest ready draft, then live; elsewhere live only).
///
/// # Errors
/// The rule that stands in the way.
pub fn resolve(q: &Question<'_>) -> Result<Resolution, Unresolved> {
    let automatic = !matches!(q.trigger, Trigger::Manual | Trigger::Api | Trigger::Retry);
    match q.routing.switch {
        Switch::Paused | Switch::Stopped if !q.test => return Err(Unresolved::DeploymentPaused(q.routing.switch)),
        Switch::Disabled if automatic && !q.test => return Err(Unresolved::DeploymentPaused(q.routing.switch)),
        _ => {}
    }
    let development = q.kind == Kind::Development;
    let live = q.routing.primary.as_ref();
    if let Some(wanted) = q.explicit {
        let is_live = live.is_some_and(|pin| pin.version == wanted.pin.version)
            || q.routing.candidate.as_ref().is_some_and(|c| c.pin.version == wanted.pin.version);
        // A retry repeats a run that was allowed to start: "was it the world?" must be answerable after a roll back too.
        let repeats = q.trigger == Trigger::Retry;
        if !(is_live || development || q.test || repeats) {
            return Err(Unresolved::VersionInactive(wanted.pin.number));
        }
        if !wanted.ready {
            return Err(Unresolved::VersionNotReady(wanted.pin.number));
        }
        let reason = if q.trigger == Trigger::Retry { Reason::SameAsRetried } else { Reason::Explicit };
        return Ok(Resolution { pin: wanted.pin.clone(), reason });
    }
    if development && let Some(draft) = q.newest_ready_draft.filter(|d| d.draft && d.ready) {
        return Ok(Resolution { pin: draft.pin.clone(), reason: Reason::NewestDraft });
    }
    match live {
        Some(pin) => Ok(Resolution { pin: pin.clone(), reason: Reason::Live }),
        None => Err(Unresolved::NoRunnableVersion),
    }
}

#[cfg(test)]
mod tests {
    use super::super::deployment::deploy;
    use super::super::ids::VersionId;
    use super::*;
    use crate::clock::Generate;

    fn startable(number: i64, draft: bool, ready: bool) -> Startable {
        Startable { pin: Pin { version: VersionId::generate(), number, revision: 0 }, ready, draft }
    }

    fn ask<'a>(kind: Kind, routing: &'a Routing) -> Question<'a> {
        Question { kind, routing, explicit: None, newest_ready_draft: None, trigger: Trigger::Manual, test: false }
    }

    #[test]
    fn only_development_falls_to_a_draft() {
        let draft = startable(2, true, true);
        let live = deploy(&Routing::empty(), startable(1, false, true).pin);
        for kind in Kind::ALL {
            let answer = resolve(&Question { newest_ready_draft: Some(&draft), ..ask(*kind, &live) }).unwrap();
            let expected = if *kind == Kind::Development { (2, Reason::NewestDraft) } else { (1, Reason::Live) };
            assert_eq!((answer.pin.number, answer.reason), expected, "{kind}");
        }
        assert_eq!(resolve(&ask(Kind::Production, &Routing::empty())), Err(Unresolved::NoRunnableVersion));
    }

    #[test]
    fn a_version_asked_for_by_name_must_be_live_outside_development() {
        let other = startable(3, false, true);
        let live = deploy(&Routing::empty(), startable(1, false, true).pin);
        let q = Question { explicit: Some(&other), ..ask(Kind::Production, &live) };
        assert_eq!(resolve(&q), Err(Unresolved::VersionInactive(3)));
        assert_eq!(resolve(&Question { test: true, ..q.clone() }).unwrap().reason, Reason::Explicit);
        assert_eq!(resolve(&Question { trigger: Trigger::Retry, ..q.clone() }).unwrap().reason, Reason::SameAsRetried);
        assert_eq!(resolve(&Question { kind: Kind::Development, ..q }).unwrap().pin, other.pin);
        let broken = startable(4, true, false);
        let q = Question { explicit: Some(&broken), ..ask(Kind::Development, &live) };
        assert_eq!(resolve(&q), Err(Unresolved::VersionNotReady(4)));
    }

    #[test]
    fn the_switch_decides_before_anything_else() {
        let live = deploy(&Routing::empty(), startable(1, false, true).pin);
        let at = |switch, trigger, test| resolve(&Question { trigger, test, ..ask(Kind::Production, &Routing { switch, ..live.clone() }) });
        assert!(at(Switch::Paused, Trigger::Manual, false).is_err());
        assert!(at(Switch::Stopped, Trigger::Api, false).is_err());
        assert!(at(Switch::Disabled, Trigger::Manual, false).is_ok());
        assert!(at(Switch::Disabled, Trigger::Subflow, false).is_err());
        assert!(at(Switch::Paused, Trigger::Manual, true).is_ok());
    }
}
