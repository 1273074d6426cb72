//! Changes set for a time (PRODUCT §5.9): what they were based on, and how what stands now differs from it.

use super::deployment::{Pin, Routing, Switch};
use super::rollout::percent;

crate::text_enum! {
    /// What a planned change does.
    pub enum Kind ("kind of planned change") {
        /// A version is deployed, to all new runs or to a share of them.
        Deploy = "deploy",
        /// A rollout is led on.
        Stage = "stage",
        /// The way back.
        Rollback = "rollback",
    }
}

crate::text_enum! {
    /// Where a planned change stands.
    pub enum State ("state of a planned change") {
        /// It waits for its time.
        Planned = "planned",
        /// It was carried out.
        Done = "done",
        /// What it was based on moved; a person confirms or cancels it.
        Suspended = "suspended",
        /// A person cancelled it.
        Cancelled = "cancelled",
        /// It was due, and a rule refused it.
        Failed = "failed",
    }
}

impl State {
    /// Whether it may still be carried out.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::Suspended)
    }
}

/// How what stands now differs from what a change was based on, as sentences. Never empty: the revisions differ.
pub fn difference(base: &Routing, now: &Routing) -> String {
    let mut says = Vec::new();
    if base.primary != now.primary {
        says.push(primary(base.primary.as_ref(), now.primary.as_ref()));
    }
    let share = |routing: &Routing| routing.candidate.as_ref().map(|c| (c.pin.number, c.rollout.clone(), c.basis_points));
    match (share(base), share(now)) {
        (None, Some((number, _, points))) => {
            says.push(format!(
                "No rollout was under way when this was planned, version {number} is being rolled out at {} now.",
                percent(points)
            ));
        }
        (Some((number, _, points)), None) => {
            says.push(format!(
                "Version {number} was being rolled out at {} when this was planned, no rollout is under way now.",
                percent(points)
            ));
        }
        (Some((before, one, had)), Some((after, other, has))) if one != other => {
            says.push(format!(
                "The rollout of version {before} was at {} when this was planned, another one of version {after} is at {} now.",
                percent(had),
                percent(has)
            ));
        }
        (Some((number, _, had)), Some((_, _, has))) if had != has => {
            says.push(format!("Version {number} was at {} when this was planned, it is at {} now.", percent(had), percent(has)));
        }
        _ => {}
    }
    if base.switch != now.switch {
        says.push(format!("It was {} when this was planned, it is {} now.", switch(base.switch), switch(now.switch)));
    }
    if says.is_empty() {
        let times = now.revision.saturating_sub(base.revision);
        let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
        says.push(format!("It was changed {times} since this was planned, and stands as it did then."));
    }
    says.join(" ")
}

fn primary(before: Option<&Pin>, now: Option<&Pin>) -> String {
    match (before, now) {
        (Some(before), Some(now)) if before.version == now.version => format!(
            "Revision {} of version {} was live when this was planned, revision {} is now.",
            before.revision, before.number, now.revision
        ),
        (Some(before), Some(now)) => {
            format!("Version {} was live when this was planned, version {} is now.", before.number, now.number)
        }
        (None, Some(now)) => format!("Nothing was live when this was planned, version {} is now.", now.number),
        (Some(before), None) => format!("Version {} was live when this was planned, nothing is now.", before.number),
        (None, None) => String::new(),
    }
}

const fn switch(switch: Switch) -> &'static str {
    match switch {
        Switch::On => "running",
        Switch::Paused => "paused",
        Switch::Disabled => "disabled",
        Switch::Stopped => "stopped",
    }
}

#[cfg(test)]
mod tests {
    use super::super::deployment::{Candidate, Verb, begin_rollout, deploy, raise, switch as moved};
    use super::super::ids::VersionId;
    use super::*;
    use crate::clock::Generate;

    fn pin(number: i64) -> Pin {
        Pin { version: VersionId::generate(), number, revision: 0 }
    }

    #[test]
    fn a_difference_says_what_stood_then_and_what_stands_now() {
        let one = deploy(&Routing::empty(), pin(3));
        let two = deploy(&one, pin(4));
        assert_eq!(difference(&one, &two), "Version 3 was live when this was planned, version 4 is now.");
        assert_eq!(difference(&Routing::empty(), &one), "Nothing was live when this was planned, version 3 is now.");
        let candidate = Candidate { pin: pin(5), basis_points: 500, salt: String::new(), counter: 0, rollout: "rol_a".into() };
        let rolling = begin_rollout(&two, candidate.clone()).unwrap();
        assert!(
            difference(&two, &rolling).starts_with("No rollout was under way when this was planned, version 5 is being rolled out at 5%")
        );
        assert!(difference(&rolling, &two).contains("no rollout is under way now"));
        let further = raise(&rolling, 2_500).unwrap();
        assert_eq!(difference(&rolling, &further), "Version 5 was at 5% when this was planned, it is at 25% now.");
        let other = begin_rollout(&two, Candidate { rollout: "rol_b".into(), ..candidate }).unwrap();
        assert!(difference(&rolling, &other).contains("another one of version 5"));
        let paused = moved(&two, Verb::Pause, None).unwrap();
        assert_eq!(difference(&two, &paused), "It was running when this was planned, it is paused now.");
        let back = moved(&paused, Verb::Resume, None).unwrap();
        assert_eq!(difference(&two, &back), "It was changed 2 times since this was planned, and stands as it did then.");
        let both = moved(&deploy(&one, pin(9)), Verb::Pause, None).unwrap();
        assert_eq!(difference(&one, &both).matches("now.").count(), 2);
    }
}
