//! What the five systems do, as numbers: Persona's roll-out (research, §5.3).

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, LIVE};
use crate::support::{ServerInside, each_database};

impl Client {
    /// Starts so many runs; how many of them each version got.
    fn spread(&self, runs: usize) -> Vec<(i64, usize)> {
        let mut got: std::collections::BTreeMap<i64, usize> = std::collections::BTreeMap::new();
        for _ in 0..runs {
            let run = self.post(&format!("{LIVE}/runs"), json!({"input": {"name": "Ada"}})).expect(202).json();
            *got.entry(run["version"].as_i64().expect("a version")).or_default() += 1;
        }
        got.into_iter().collect()
    }
}

#[test]
fn publishing_at_twenty_percent_lets_exactly_two_versions_take_part() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        client.make_version("two");
        client.deploy(2);
        let early = client.start();
        client.make_version("three");
        client.post(&format!("{LIVE}/deployments"), json!({"version": 3, "percent": 20, "comment": "a fifth"})).expect(200);
        // Version 1 is published too, and takes no part: the new one and the one before it do.
        assert_eq!(client.spread(50), [(2, 40), (3, 10)]);
        // Below 100 a third version cannot join.
        client.make_version("four");
        let third = json!({"version": 4, "percent": 10, "comment": "too many"});
        client.post(&format!("{LIVE}/deployments"), third).refused(409, "rollout_under_way");
        // Stopped at any time.
        client.post(&format!("{LIVE}/rollout/stop"), json!({"reason": "enough"})).expect(200);
        assert_eq!(client.spread(10), [(2, 10)]);
        // A run stays with the version it was started on.
        assert_eq!(client.get(&format!("/main/runs/{early}")).ok()["version"], 2);
    });
}

#[test]
fn reverting_publishes_an_earlier_version_again_with_a_share_and_makes_no_new_one() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_live();
        let first = client.start();
        client.make_version("two");
        client.deploy(2);
        client.post(&format!("{LIVE}/deployments"), json!({"version": 1, "percent": 50, "comment": "revert by half"})).expect(200);
        assert_eq!(client.spread(20), [(1, 10), (2, 10)]);
        let done = client.post(&format!("{LIVE}/rollout/advance"), json!({"percent": 100, "reason": "all of it"})).expect(200).json();
        assert_eq!((&done["primary"], &done["candidate"], &done["record"]["verb"]), (&json!(1), &json!(null), &json!("promote")));
        assert_eq!(client.spread(5), [(1, 5)]);
        let versions = client.get("/main/flows/greet/versions").ok();
        let numbers: Vec<&Value> = versions["items"].as_array().expect("items").iter().map(|v| &v["number"]).collect();
        assert_eq!(numbers, [&json!(2), &json!(1)]);
        let run = client.get(&format!("/main/runs/{first}")).ok();
        assert_eq!((&run["version"], &run["reason"]), (&json!(1), &json!("live")));
    });
}
