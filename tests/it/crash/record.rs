//! What was acknowledged over all rounds, against what the server knows.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::Value;

use super::FLOWS;
use super::clients::{Deployed, Seen};
use crate::support::{Api, Database, Service};

#[derive(Default)]
pub struct Record {
    deployed: Vec<Deployed>,
    runs: Vec<String>,
    ambiguous: usize,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (deployed, runs) = (self.deployed.len(), self.runs.len());
        write!(f, "{deployed} deployments and {runs} runs acknowledged, {} calls broke off", self.ambiguous)
    }
}

impl Record {
    pub fn add(&mut self, seen: Seen) {
        self.deployed.extend(seen.deployed);
        self.runs.extend(seen.runs);
        self.ambiguous += seen.ambiguous;
    }

    /// Kills that hit nothing prove nothing.
    pub fn check_enough(&self, rounds: usize) {
        assert!(self.deployed.len() >= 3 * rounds, "too few deployments acknowledged: {self}");
        assert!(self.runs.len() >= 3 * rounds, "too few runs acknowledged: {self}");
        assert!(self.ambiguous >= rounds, "the kills hit too few calls: {self}");
    }

    /// Every acknowledged deployment has its revision, two never share one, and what is live follows from the last.
    pub fn check_deployments(&self, api: &Api, database: &Database) {
        for flow in FLOWS {
            let live = api.get(&format!("/main/environments/production/flows/{flow}")).ok();
            let revision = live["routing_revision"].as_i64().expect("a routing revision");
            let acknowledged: Vec<&Deployed> = self.deployed.iter().filter(|one| one.flow == flow).collect();
            let mut by_revision: HashMap<i64, i64> = HashMap::new();
            for one in &acknowledged {
                assert!(one.revision <= revision, "{one:?} was acknowledged, then lost: {live}");
                let other = by_revision.insert(one.revision, one.version);
                assert!(other.is_none(), "two deployments became revision {}: {live}", one.revision);
            }
            if let Some(version) = by_revision.get(&revision) {
                assert_eq!(live["primary"], *version, "{live}");
            }
        }
        let recorded = database.texts(
            "SELECT flows.slug || ' ' || deployments.routing_revision || ' ' || coalesce(deployments.version_number, 0) AS t \
             FROM deployments JOIN flows ON flows.id = deployments.flow_id",
        );
        let known: HashSet<&String> = recorded.iter().collect();
        assert_eq!(known.len(), recorded.len(), "two records share a revision");
        for one in &self.deployed {
            let wanted = format!("{} {} {}", one.flow, one.revision, one.version);
            assert!(known.contains(&wanted), "acknowledged, but not in the record: {wanted}");
        }
        let doubled = "SELECT count(*) FROM (SELECT 1 FROM routing GROUP BY flow_id, environment_id HAVING count(*) > 1) AS doubled";
        assert_eq!(database.count(doubled), 0, "a flow has two primaries in one environment");
    }

    /// Every acknowledged run exists and has completed; so have those of which nobody was told.
    pub fn check_runs(&self, api: &Api, database: &Database) {
        let all = all_runs(api, "");
        let states: HashMap<&str, &str> = all.iter().map(|run| (text(run, "id"), text(run, "state"))).collect();
        assert_eq!(states.len(), all.len(), "a run is listed twice");
        let lost: Vec<&String> = self.runs.iter().filter(|id| !states.contains_key(id.as_str())).collect();
        assert!(lost.is_empty(), "acknowledged, then lost: {lost:?}");
        let unique: HashSet<&String> = self.runs.iter().collect();
        assert_eq!(unique.len(), self.runs.len(), "two starts were acknowledged with one id");
        let other: Vec<_> = states.iter().filter(|(_, state)| **state != "completed").collect();
        assert!(other.is_empty(), "did not complete: {other:?}");
        println!("{} runs in all, {} acknowledged", all.len(), self.runs.len());

        // Counted in the transaction that ends a run: a run that ended twice would be counted twice.
        let ended = "(SELECT coalesce(sum(completed), 0) FROM version_stats WHERE hour = 0) \
                     + (SELECT count(*) FROM stats_deltas WHERE state = 'completed')";
        let runs = i64::try_from(all.len()).expect("a number of runs");
        assert_eq!(database.count(&format!("SELECT {ended}")), runs, "runs that ended, against runs");
        assert_eq!(database.count("SELECT count(*) FROM run_steps"), 5 * runs, "steps in the journal");
        assert_eq!(database.count("SELECT count(*) FROM run_steps WHERE ended_at IS NULL"), 0, "steps left open");
    }
}

/// Runs that have not ended.
pub fn unfinished(api: &Api) -> Vec<Value> {
    let live = ["pending", "running", "waiting"];
    live.iter().flat_map(|state| all_runs(api, &format!("&state={state}"))).collect()
}

/// Walks the list to its end.
fn all_runs(api: &Api, filter: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut next = String::new();
    loop {
        let page = api.get(&format!("/main/runs?limit=200{filter}{next}")).ok();
        all.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next"].as_str() {
            Some(cursor) => next = format!("&before={cursor}"),
            None => return all,
        }
    }
}

/// Each effect of each run reached the service at least once, always under the same key, and no other run's.
pub fn check_effects(api: &Api, service: &Service) {
    let mut keys: HashMap<String, HashSet<String>> = HashMap::new();
    let mut repeated = 0;
    for call in service.calls() {
        let key = call.idempotency_key().unwrap_or_else(|| panic!("a call without Idempotency-Key: {call:?}"));
        let known = keys.entry(call.path.clone()).or_default();
        repeated += usize::from(!known.insert(key.to_owned()));
    }
    let changed: Vec<_> = keys.iter().filter(|(_, keys)| keys.len() > 1).collect();
    assert!(changed.is_empty(), "effects under several keys: {changed:?}");
    let distinct: HashSet<&String> = keys.values().flatten().collect();
    assert_eq!(distinct.len(), keys.len(), "two effects share a key");
    for run in all_runs(api, "") {
        for effect in ["first", "second"] {
            let path = format!("/{effect}/{}", text(&run, "id"));
            assert!(keys.contains_key(&path), "{path} never arrived, though its run completed");
        }
    }
    println!("{} effects, {repeated} of them repeated under their key", keys.len());
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}
