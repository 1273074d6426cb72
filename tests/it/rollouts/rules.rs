//! The rules of routing as a small model: what may be done, and what stands there afterwards (PRODUCT §5).

use std::collections::{BTreeMap, BTreeSet};

use signalbox::domain::deployment::Verb;
use signalbox::domain::rollout::{During, takes_number};

/// What the rules say stands in one environment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    pub primary: Option<i64>,
    /// Version, share in basis points, starts counted at it.
    pub candidate: Option<(i64, i64, i64)>,
    pub halted: bool,
    pub switch: &'static str,
    pub quarantined: BTreeSet<i64>,
    /// Versions that were primary here.
    pub been: BTreeSet<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Life {
    Draft,
    Published,
    Deleted { draft: bool },
}

#[derive(Debug, Clone, Default)]
pub struct Model {
    pub versions: BTreeMap<i64, Life>,
    pub places: [Place; 2],
}

pub type Said<T> = Result<T, &'static str>;

impl Place {
    pub fn put(&mut self, version: i64) {
        (self.primary, self.candidate, self.halted) = (Some(version), None, false);
        self.been.insert(version);
        self.wake();
    }

    pub fn wake(&mut self) {
        if self.switch == "stopped" {
            self.switch = "on";
        }
    }

    pub fn begin(&mut self, version: i64, share: i64) -> Said<()> {
        match self.primary {
            None => Err("needs_primary"),
            Some(live) if live == version => Err("already_live"),
            Some(_) => {
                (self.candidate, self.halted) = (Some((version, share, 0)), false);
                self.wake();
                Ok(())
            }
        }
    }

    pub fn roll_back(&mut self, to: i64) {
        let left = [self.candidate.map(|c| c.0), self.primary.filter(|live| *live != to)];
        self.quarantined.extend(left.into_iter().flatten());
        self.put(to);
    }

    pub fn ways_back(&self, versions: &BTreeMap<i64, Life>) -> BTreeSet<i64> {
        let there = |v: &i64| versions[v] == Life::Published;
        let free =
            |v: &i64| (!self.quarantined.contains(v) && Some(*v) != self.primary) || (Some(*v) == self.primary && self.candidate.is_some());
        self.been.iter().copied().filter(|v| there(v) && free(v)).collect()
    }

    pub fn turn(&mut self, verb: Verb) -> Said<()> {
        if self.primary.is_none() {
            return Err("no_runnable_version");
        }
        self.switch = match (verb, self.switch) {
            (Verb::Pause, "on" | "disabled") => "paused",
            (Verb::Resume, "paused" | "stopped" | "disabled") => "on",
            (Verb::Disable, "on" | "paused") => "disabled",
            (Verb::Stop, "on" | "paused" | "disabled") => "stopped",
            (Verb::Pause, "paused") | (Verb::Resume, "on") | (Verb::Disable, "disabled") | (Verb::Stop, "stopped") => {
                return Err("already");
            }
            _ => return Err("invalid_transition"),
        };
        Ok(())
    }
}

impl Model {
    pub fn deployable(&self, place: usize, version: i64) -> Said<()> {
        match self.versions[&version] {
            Life::Draft => Err("not_published"),
            _ if self.places[place].quarantined.contains(&version) => Err("quarantined"),
            _ => Ok(()),
        }
    }

    pub fn deploy(&mut self, place: usize, version: i64, share: Option<i64>, during: Option<During>) -> Said<()> {
        self.deployable(place, version)?;
        let here = &mut self.places[place];
        let mut share = share;
        if let Some((candidate, present, _)) = here.candidate {
            match during {
                _ if candidate == version && share.is_none() => {}
                None => return Err("rollout_under_way"),
                Some(During::Cancel) => {}
                Some(During::Replace) => share = share.or(Some(present)),
            }
        }
        match share {
            None => here.put(version),
            Some(share) => {
                here.begin(version, share)?;
            }
        }
        Ok(())
    }

    pub fn start(&mut self, place: usize, named: Option<i64>) -> Said<(i64, &'static str)> {
        let development = place == 0;
        let here = &mut self.places[place];
        if matches!(here.switch, "paused" | "stopped") {
            return Err("deployment_paused");
        }
        if let Some(version) = named {
            let live = here.primary == Some(version) || here.candidate.is_some_and(|c| c.0 == version);
            return match () {
                () if !live && !development => Err("version_inactive"),
                () if !live && here.quarantined.contains(&version) => Err("quarantined"),
                () => Ok((version, "explicit")),
            };
        }
        let drafts = self.versions.iter().filter(|(_, life)| **life == Life::Draft).map(|(n, _)| *n);
        if let Some(draft) = drafts.max().filter(|_| development) {
            return Ok((draft, "newest_draft"));
        }
        let Some(live) = here.primary else { return Err("no_runnable_version") };
        let Some((candidate, share, counted)) = &mut here.candidate else { return Ok((live, "live")) };
        *counted += 1;
        Ok(if takes_number(*counted - 1, *share) { (*candidate, "rollout_candidate") } else { (live, "rollout_primary") })
    }
}
