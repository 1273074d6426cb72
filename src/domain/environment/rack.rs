//! The rack of an environment's configuration versions, and every way it may change (PRODUCT §3.9, §4.2; DECISIONS 15).
//!
//! Numbers never change and are never used again; a version that leaves the rack goes into the bin.

use super::ConfigurationState as State;
use crate::domain::clock::Micros;

/// Versions that are kept by default: one draft, one deployed, three inactive.
pub const KEPT: i64 = 5;
/// The least that makes sense: a draft, what is deployed, and one to go back to.
pub const LEAST: i64 = 3;
/// The most a rack may be made to keep.
pub const MOST: i64 = 50;

/// For how long what was deployed may be deployed again without anybody's approval, in microseconds: 30 days (TRUST §4.5).
pub const WAY_BACK: i64 = 30 * Micros::DAY;

/// Whether deploying an inactive version is going back: it was deployed at some time within [`WAY_BACK`]. `until` is when
/// another one took its place.
pub fn goes_back(state: State, until: Option<Micros>, now: Micros) -> bool {
    state == State::Inactive && until.is_some_and(|until| now.since(until) <= WAY_BACK)
}

/// A version on the rack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its number.
    pub number: i64,
    /// Where it stands.
    pub state: State,
    /// When it was deployed last, in microseconds; the least recent inactive one is the first to go.
    pub deployed_at: Option<i64>,
}

/// The versions of one environment that are not in the bin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rack {
    slots: Vec<Slot>,
    /// The greatest number ever given out.
    last: i64,
    /// Versions that are kept.
    keeps: i64,
}

/// Why a rack does not change in the way asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such number on the rack.
    #[error("Version #{0} is not on the rack any more. Make a draft from it, then deploy that.")]
    NotHere(i64),
    /// It is deployed already.
    #[error("Version #{0} is deployed already.")]
    AlreadyDeployed(i64),
    /// The draft cannot be made from itself.
    #[error("Version #{0} is the draft itself. Name a deployed or inactive version.")]
    IsTheDraft(i64),
    /// What runs use cannot be deleted.
    #[error("Version #{0} is deployed: runs use it. Deploy another version first.")]
    InUse(i64),
}

impl Refused {
    /// Stable, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotHere(_) => "off_the_rack",
            Self::AlreadyDeployed(_) => "already_deployed",
            Self::IsTheDraft(_) => "is_the_draft",
            Self::InUse(_) => "in_use",
        }
    }
}

/// What deploying a version makes of a rack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The rack afterwards.
    pub rack: Rack,
    /// What was deployed before; inactive now.
    pub former: Option<i64>,
    /// The draft that is copied from what was deployed, when that was the draft.
    pub new_draft: Option<i64>,
    /// What goes into the bin, oldest first.
    pub removed: Vec<i64>,
}

/// What making a draft from a version makes of a rack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafting {
    /// The rack afterwards.
    pub rack: Rack,
    /// The draft's number.
    pub draft: i64,
    /// Whether a draft was there, whose content is overwritten.
    pub overwrites: bool,
}

impl Rack {
    /// The rack as stored.
    pub fn new(slots: Vec<Slot>, last: i64, keeps: i64) -> Self {
        let last = slots.iter().map(|s| s.number).fold(last, i64::max);
        Self { slots, last, keeps }
    }

    /// Creating an environment makes draft #1.
    pub fn created() -> Self {
        Self::new(vec![Slot { number: 1, state: State::Draft, deployed_at: None }], 1, KEPT)
    }

    /// The draft's number.
    pub fn draft(&self) -> Option<i64> {
        self.one(State::Draft)
    }

    /// The number of what runs use.
    pub fn deployed(&self) -> Option<i64> {
        self.one(State::Deployed)
    }

    /// The inactive ones, the first to go first.
    pub fn inactive(&self) -> Vec<i64> {
        let mut all: Vec<&Slot> = self.slots.iter().filter(|s| s.state == State::Inactive).collect();
        all.sort_by_key(|s| (s.deployed_at, s.number));
        all.into_iter().map(|s| s.number).collect()
    }

    /// The greatest number ever given out.
    pub const fn last(&self) -> i64 {
        self.last
    }

    /// Where a version stands.
    pub fn state(&self, number: i64) -> Option<State> {
        self.slots.iter().find(|s| s.number == number).map(|s| s.state)
    }

    /// Deploys the draft or an inactive version.
    ///
    /// # Errors
    /// It is not here, or deployed already.
    pub fn deploy(&self, number: i64, now: i64) -> Result<Deployment, Refused> {
        let before = self.state(number).ok_or(Refused::NotHere(number))?;
        if before == State::Deployed {
            return Err(Refused::AlreadyDeployed(number));
        }
        let former = self.deployed();
        let mut rack = self.clone();
        for slot in &mut rack.slots {
            if Some(slot.number) == former {
                slot.state = State::Inactive;
            } else if slot.number == number {
                (slot.state, slot.deployed_at) = (State::Deployed, Some(now));
            }
        }
        let new_draft = (before == State::Draft).then(|| rack.add_draft());
        // The former one is what a way back leads to: it is never among those that go.
        let spare = rack.inactive().into_iter().filter(|n| Some(*n) != former);
        let over = usize::try_from(rack.slots.len() as i64 - self.keeps).unwrap_or(0);
        let removed: Vec<i64> = spare.take(over).collect();
        rack.slots.retain(|s| !removed.contains(&s.number));
        Ok(Deployment { rack, former, new_draft, removed })
    }

    /// Makes the draft's content that of another version; a new draft when there is none.
    ///
    /// # Errors
    /// It is the draft itself.
    pub fn draft_from(&self, number: i64) -> Result<Drafting, Refused> {
        let mut rack = self.clone();
        match self.draft() {
            Some(draft) if draft == number => Err(Refused::IsTheDraft(number)),
            Some(draft) => Ok(Drafting { rack, draft, overwrites: true }),
            None => {
                let draft = rack.add_draft();
                Ok(Drafting { rack, draft, overwrites: false })
            }
        }
    }

    /// Takes the draft or an inactive version off the rack.
    ///
    /// # Errors
    /// It is not here, or deployed.
    pub fn delete(&self, number: i64) -> Result<Self, Refused> {
        match self.state(number) {
            None => Err(Refused::NotHere(number)),
            Some(State::Deployed) => Err(Refused::InUse(number)),
            Some(State::Draft | State::Inactive) => {
                let mut rack = self.clone();
                rack.slots.retain(|s| s.number != number);
                Ok(rack)
            }
        }
    }

    fn one(&self, state: State) -> Option<i64> {
        self.slots.iter().find(|s| s.state == state).map(|s| s.number)
    }

    fn add_draft(&mut self) -> i64 {
        self.last += 1;
        self.slots.push(Slot { number: self.last, state: State::Draft, deployed_at: None });
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(rack: &Rack) -> (Option<i64>, Option<i64>, Vec<i64>) {
        (rack.draft(), rack.deployed(), rack.inactive())
    }

    /// Deploys the draft so many times.
    fn after(times: i64) -> Rack {
        (1..=times).fold(Rack::created(), |rack, now| rack.deploy(rack.draft().unwrap(), now).unwrap().rack)
    }

    #[test]
    fn number_for_number() {
        let table: [(Option<i64>, Option<i64>, &[i64]); 7] = [
            (Some(1), None, &[]),
            (Some(2), Some(1), &[]),
            (Some(3), Some(2), &[1]),
            (Some(4), Some(3), &[1, 2]),
            (Some(5), Some(4), &[1, 2, 3]),
            (Some(6), Some(5), &[2, 3, 4]),
            (Some(7), Some(6), &[3, 4, 5]),
        ];
        for (times, (draft, deployed, inactive)) in (0..).zip(table) {
            assert_eq!(stands(&after(times)), (draft, deployed, inactive.to_vec()), "after {times} deployments");
        }
    }

    #[test]
    fn the_victim_is_known_beforehand_and_only_past_five() {
        assert!(after(3).deploy(4, 9).unwrap().removed.is_empty());
        let fifth = after(4).deploy(5, 9).unwrap();
        assert_eq!((fifth.former, fifth.new_draft, fifth.removed), (Some(4), Some(6), vec![1]));
        let wide = Rack { keeps: 4, ..after(4) };
        assert_eq!(wide.deploy(5, 9).unwrap().removed, [1, 2]);
    }

    #[test]
    fn an_inactive_one_is_deployed_again_and_the_draft_stays() {
        let again = after(4).deploy(2, 9).unwrap();
        assert_eq!((again.former, again.new_draft, again.removed.len()), (Some(4), None, 0));
        assert_eq!(stands(&again.rack), (Some(5), Some(2), vec![1, 3, 4]));
        // What was just live is kept, whatever its number.
        let first = after(4).deploy(1, 9).unwrap().rack;
        let next = first.deploy(5, 10).unwrap();
        assert_eq!((next.former, next.removed), (Some(1), vec![2]));
        assert_eq!(after(2).deploy(2, 9), Err(Refused::AlreadyDeployed(2)));
        assert_eq!(after(6).deploy(1, 9), Err(Refused::NotHere(1)));
    }

    #[test]
    fn numbers_are_never_used_again() {
        let rack = after(2).delete(3).unwrap();
        assert_eq!((rack.draft(), rack.last()), (None, 3));
        let again = rack.deploy(1, 9).unwrap();
        assert_eq!((again.new_draft, again.rack.draft()), (None, None));
        let made = rack.draft_from(1).unwrap();
        assert_eq!((made.draft, made.overwrites), (4, false));
        let over = after(2).draft_from(1).unwrap();
        assert_eq!((over.draft, over.overwrites, over.rack.last()), (3, true, 3));
        assert_eq!(after(2).draft_from(3), Err(Refused::IsTheDraft(3)));
        assert_eq!(after(2).delete(2), Err(Refused::InUse(2)));
        assert_eq!(after(2).delete(9), Err(Refused::NotHere(9)));
        let none = Rack::created().delete(1).unwrap();
        assert_eq!(none.draft_from(1).unwrap().draft, 2);
    }

    #[test]
    fn what_was_deployed_lately_is_a_way_back() {
        let now = Micros(WAY_BACK * 2);
        let back = |state, until: Option<i64>| goes_back(state, until.map(Micros), now);
        assert!(back(State::Inactive, Some(WAY_BACK)));
        assert!(!back(State::Inactive, Some(WAY_BACK - 1)));
        assert!(!back(State::Inactive, None), "it was never deployed");
        assert!(!back(State::Draft, Some(WAY_BACK * 2)));
    }
}
