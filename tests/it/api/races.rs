//! Sixteen programs deploy at once, each based on the same routing revision: one is accepted (PRODUCT §5.1).

use serde_json::{Value, json};
use signalbox::domain::access::Role;

use super::client::{Client, LIVE};
use crate::support::{ServerInside, each_database};

const DEPLOYERS: usize = 16;
const ROUNDS: i64 = 10;

#[test]
fn of_sixteen_deployers_one_wins_and_the_others_are_told_what_stands_there() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Admin);
        client.make_published();
        client.make_version("two");
        for round in 0..ROUNDS {
            let deploy = |number: usize| {
                let body = json!({"version": number % 2 + 1, "comment": "race", "expect": round});
                client.post(&format!("{LIVE}/deployments"), body)
            };
            let answers: Vec<_> = std::thread::scope(|scope| {
                let all: Vec<_> = (0..DEPLOYERS).map(|number| scope.spawn(move || deploy(number))).collect();
                all.into_iter().map(|one| one.join().expect("a deployer")).collect()
            });
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!((won.len(), lost.len()), (1, DEPLOYERS - 1), "round {round}");
            let won = won[0].json();
            assert_eq!(won["routing_revision"], round + 1);
            for loser in lost {
                let told = loser.refused(409, "stale");
                let current: (&Value, &Value) = (&told["current"]["primary"], &told["current"]["routing_revision"]);
                assert_eq!(current, (&won["primary"], &won["routing_revision"]));
            }
        }
        let records = database.count("SELECT count(*) FROM deployments");
        let events = database.count("SELECT count(*) FROM events WHERE action LIKE 'deployment.%'");
        assert_eq!((records, events), (ROUNDS, ROUNDS));
    });
}

#[test]
fn versions_made_at_once_have_numbers_of_their_own() {
    each_database(|database| {
        let server = ServerInside::start(database);
        let client = Client::new(&server, Role::Editor);
        client.make_published();
        let make = || client.post("/main/flows/greet/versions", json!({"from": 1}));
        let answers: Vec<_> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            all.into_iter().map(|one| one.join().expect("an editor")).collect()
        });
        let mut numbers: Vec<i64> = Vec::new();
        for answer in answers {
            match answer.status {
                201 => numbers.push(answer.json()["number"].as_i64().expect("a number")),
                _ => drop(answer.refused(409, "stale")),
            }
        }
        numbers.sort_unstable();
        let made = i64::try_from(numbers.len()).expect("a count");
        assert_eq!(numbers, (2..2 + made).collect::<Vec<_>>());
        assert!(made >= 1);
    });
}
