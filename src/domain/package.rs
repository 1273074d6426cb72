//! Packages: sets of flow versions that go out and come back together (PRODUCT §5.10).

use super::deployment::{Pin, Routing, Switch};

/// Flows a package may hold.
pub const MOST: usize = 100;
/// How far a queue priority may go either way, as in an environment's configuration.
pub const PRIORITIES: std::ops::RangeInclusive<i64> = -1_000..=1_000;

/// Whether what stands there is what the package would put there, to all new runs: then nothing is to be done.
pub fn stands(routing: &Routing, pin: &Pin) -> bool {
    routing.primary.as_ref() == Some(pin) && routing.candidate.is_none() && routing.switch != Switch::Stopped
}

/// What became of a flow that a package was deployed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// It can go back to what stood before.
    Back,
    /// The package changed nothing there.
    Kept,
    /// Nothing stood there before.
    NothingBefore,
    /// Something else stands there by now; in words.
    Moved(String),
}

/// What going back would do to one flow: `put` is the version the package put there, `before` what stood there before.
pub fn way_back(routing: &Routing, put: &str, before: Option<&str>, kept: bool) -> Way {
    if kept {
        return Way::Kept;
    }
    let primary = routing.primary.as_ref().map(|p| p.version.as_str());
    let candidate = routing.candidate.as_ref().map(|c| c.pin.version.as_str());
    // As it was put: live without a rollout beside it, or still being rolled out beside what stood before.
    let untouched = (primary == Some(put) && candidate.is_none()) || (candidate == Some(put) && primary == before);
    if !untouched {
        let live = routing.primary.as_ref().map_or_else(|| "nothing is live".to_owned(), |p| format!("version {} is live", p.number));
        return Way::Moved(match &routing.candidate {
            Some(c) => format!("{live} and version {} is being rolled out", c.pin.number),
            None => live,
        });
    }
    match before {
        None => Way::NothingBefore,
        Some(before) if before == put => Way::Kept,
        Some(_) => Way::Back,
    }
}

#[cfg(test)]
mod tests {
    use super::super::deployment::{Candidate, begin_rollout, deploy};
    use super::super::ids::VersionId;
    use super::*;
    use crate::clock::Generate;

    #[test]
    fn a_flow_goes_back_only_from_what_the_package_put_there() {
        let pin = |number| Pin { version: VersionId::generate(), number, revision: 0 };
        let (one, two, three) = (pin(1), pin(2), pin(3));
        let put = two.version.as_str();
        let before = Some(one.version.as_str());
        let live = deploy(&Routing::empty(), two.clone());
        assert_eq!(way_back(&live, put, before, false), Way::Back);
        assert_eq!(way_back(&live, put, before, true), Way::Kept);
        assert_eq!(way_back(&live, put, None, false), Way::NothingBefore);
        assert_eq!(way_back(&deploy(&live, three.clone()), put, before, false), Way::Moved("version 3 is live".into()));
        let candidate = |pin: &Pin| Candidate { pin: pin.clone(), basis_points: 1, salt: String::new(), counter: 0, rollout: "r".into() };
        let rolling = begin_rollout(&deploy(&Routing::empty(), one.clone()), candidate(&two)).unwrap();
        assert_eq!(way_back(&rolling, put, before, false), Way::Back);
        let beside = begin_rollout(&live, candidate(&three)).unwrap();
        assert_eq!(way_back(&beside, put, before, false), Way::Moved("version 2 is live and version 3 is being rolled out".into()));
        assert!(stands(&live, &two) && !stands(&beside, &two) && !stands(&live, &one));
    }
}
