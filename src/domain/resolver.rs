//! Which version would a start use, and why? One resolver for every entry point (PRODUCT §5.8).

use super::deployment::{Candidate, Pin, Routing, Switch};
use super::environment::Kind;
use super::ids::VersionId;
use super::rollout;
use super::run::Trigger;

crate::text_enum! {
    /// Why a run uses the version it uses; stored on the run.
    pub enum Reason ("reason") {
        /// Named by number, id or label.
        Explicit = "explicit",
        /// The primary here.
        Live = "live",
        /// A rollout is under way, and this start falls to its candidate.
        RolloutCandidate = "rollout_candidate",
        /// A rollout is under way, and this start falls to the primary.
        RolloutPrimary = "rollout_primary",
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
            Self::RolloutCandidate => "a rollout is under way here and this run falls to its candidate",
            Self::RolloutPrimary => "a rollout is under way here and this run stays with the primary",
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
    /// The run's key, by the rollout's expression; decides on which side of a rollout it falls.
    pub key: Option<&'a str>,
    /// Versions that may not run here until somebody releases them.
    pub quarantined: &'a [VersionId],
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
    /// The version was found bad here.
    #[error(
        "Version {0} is quarantined here, because somebody or its guard rolled back from it. Release it first, or mark the run as a test."
    )]
    Quarantined(i64),
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
            Self::Quarantined(_) => "quarantined",
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
        // A draft ran in development, or as a test; it is no more to be had elsewhere for being asked for again.
        let repeats = q.trigger == Trigger::Retry && !wanted.draft;
        if !(is_live || development || q.test || repeats) {
            return Err(Unresolved::VersionInactive(wanted.pin.number));
        }
        if !wanted.ready {
            return Err(Unresolved::VersionNotReady(wanted.pin.number));
        }
        // The live version is what everybody gets, so naming it changes nothing.
        if !is_live && !q.test && q.quarantined.contains(&wanted.pin.version) {
            return Err(Unresolved::Quarantined(wanted.pin.number));
        }
        let reason = if q.trigger == Trigger::Retry { Reason::SameAsRetried } else { Reason::Explicit };
        return Ok(Resolution { pin: routed(q.routing, wanted).clone(), reason });
    }
    if development && let Some(draft) = q.newest_ready_draft.filter(|d| d.draft && d.ready) {
        return Ok(Resolution { pin: draft.pin.clone(), reason: Reason::NewestDraft });
    }
    let Some(live) = live else { return Err(Unresolved::NoRunnableVersion) };
    Ok(match &q.routing.candidate {
        // A test run is no evidence, so it takes no part in the split (PRODUCT §7.4).
        Some(candidate) if !q.test => split(candidate, live, q.key),
        _ => Resolution { pin: live.clone(), reason: Reason::Live },
    })
}

/// The revision of a version that is asked for by name: where it takes runs, the one that does, which may be older than
/// its newest.
fn routed<'q>(routing: &'q Routing, wanted: &'q Startable) -> &'q Pin {
    let candidate = routing.candidate.as_ref().map(|c| &c.pin);
    routing.primary.iter().chain(candidate).find(|pin| pin.version == wanted.pin.version).unwrap_or(&wanted.pin)
}

/// Whether a start would be decided by counting: then it has to be counted before it is decided.
pub fn counts(q: &Question<'_>) -> bool {
    q.explicit.is_none() && q.routing.candidate.is_some() && q.key.is_none() && !q.test && q.newest_ready_draft.is_none()
}

fn split(candidate: &Candidate, live: &Pin, key: Option<&str>) -> Resolution {
    let to_candidate = match key {
        Some(key) => rollout::takes_key(&candidate.salt, key, candidate.basis_points),
        None => rollout::takes_number(candidate.counter, candidate.basis_points),
    };
    if to_candidate {
        Resolution { pin: candidate.pin.clone(), reason: Reason::RolloutCandidate }
    } else {
        Resolution { pin: live.clone(), reason: Reason::RolloutPrimary }
    }
}

#[cfg(test)]
mod tests {
    use super::super::deployment::{begin_rollout, deploy};
    use super::*;
    use crate::clock::Generate;

    fn startable(number: i64, draft: bool, ready: bool) -> Startable {
        Startable { pin: Pin { version: VersionId::generate(), number, revision: 0 }, ready, draft }
    }

    fn ask<'a>(kind: Kind, routing: &'a Routing) -> Question<'a> {
        Question {
            kind,
            routing,
            explicit: None,
            newest_ready_draft: None,
            trigger: Trigger::Manual,
            test: false,
            key: None,
            quarantined: &[],
        }
    }

    #[test]
    fn by_name_the_revision_that_is_routed_is_taken_not_the_newest() {
        let old = startable(1, false, true);
        let live = deploy(&Routing::empty(), old.pin.clone());
        let fixed = Startable { pin: Pin { revision: 1, ..old.pin.clone() }, ..old };
        let answer = resolve(&Question { explicit: Some(&fixed), ..ask(Kind::Production, &live) }).unwrap();
        assert_eq!((answer.pin.revision, answer.reason), (0, Reason::Explicit));
        let answer = resolve(&Question { explicit: Some(&fixed), ..ask(Kind::Development, &Routing::empty()) }).unwrap();
        assert_eq!(answer.pin.revision, 1);
    }

    #[test]
    fn a_draft_is_retried_only_where_drafts_run() {
        let (draft, routing) = (startable(2, true, true), Routing::empty());
        for kind in Kind::ALL {
            let question = Question { explicit: Some(&draft), trigger: Trigger::Retry, ..ask(*kind, &routing) };
            assert_eq!(resolve(&question).is_ok(), *kind == Kind::Development, "{kind}");
            assert!(resolve(&Question { test: true, ..question }).is_ok(), "a test on {kind}");
        }
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
    fn a_rollout_splits_by_key_or_by_count_and_leaves_tests_alone() {
        let (one, two) = (startable(1, false, true).pin, startable(2, false, true).pin);
        let live = deploy(&Routing::empty(), one);
        let candidate = |counter| Candidate { pin: two.clone(), basis_points: 5_000, salt: "s".into(), counter, rollout: "rol_a".into() };
        let at = |counter| begin_rollout(&live, candidate(counter)).unwrap();
        let numbers: Vec<i64> = (0..4).map(|n| resolve(&ask(Kind::Production, &at(n))).unwrap().pin.number).collect();
        assert_eq!(numbers.iter().filter(|n| **n == 2).count(), 2, "{numbers:?}");
        let rolling = at(0);
        for key in ["a", "b", "c", "d", "e", "f"] {
            let q = Question { key: Some(key), ..ask(Kind::Production, &rolling) };
            let expected = if rollout::takes_key("s", key, 5_000) { Reason::RolloutCandidate } else { Reason::RolloutPrimary };
            assert_eq!(resolve(&q).unwrap().reason, expected);
            assert!(!counts(&q));
        }
        assert!(counts(&ask(Kind::Production, &rolling)));
        assert_eq!(resolve(&Question { test: true, ..ask(Kind::Production, &rolling) }).unwrap().reason, Reason::Live);
    }

    #[test]
    fn a_quarantined_version_starts_only_as_a_test() {
        let bad = startable(3, false, true);
        let live = deploy(&Routing::empty(), startable(1, false, true).pin);
        let quarantined = [bad.pin.version.clone()];
        for trigger in [Trigger::Api, Trigger::Retry] {
            let q = Question { explicit: Some(&bad), quarantined: &quarantined, trigger, ..ask(Kind::Development, &live) };
            assert_eq!(resolve(&q), Err(Unresolved::Quarantined(3)));
            assert!(resolve(&Question { test: true, ..q }).is_ok());
        }
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
