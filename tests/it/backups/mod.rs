//! Backups of the whole instance, on both databases (TRUST P10, P11).

mod commands;
mod crashes;
mod every_table;
mod hold;
mod migrations;
mod pages;
mod schedule;
mod under_writes;

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;
use signalbox::app::Ctx;
use signalbox::app::backup::Depot;
use signalbox::domain::access::Actor;
use signalbox::domain::clock::{Clock, Micros};
use signalbox::store::conn::Target;

use crate::support::{Cli, Database, vault};

const FLOW: &str = "{document: {dsl: '1.0.3', namespace: test, name: NAME, version: '1.0.0'}, do: [{a: {set: {v: 1}}}]}";

fn flow(name: &str) -> String {
    FLOW.replace("NAME", name)
}

/// A clock that stands still until it is set.
struct Fixed(AtomicI64);

impl Fixed {
    fn at(at: Micros) -> Self {
        Self(AtomicI64::new(at.0))
    }

    fn set(&self, at: Micros) {
        self.0.store(at.0, Ordering::SeqCst);
    }
}

impl Clock for Fixed {
    fn now(&self) -> Micros {
        Micros(self.0.load(Ordering::SeqCst))
    }
}

/// The depot of an instance that is used in this process.
fn depot(database: &Database) -> Depot {
    let target = Target::parse(&database.url()).expect("a known address");
    Depot { target, folder: database.data_dir().join("backups"), vault: vault() }
}

fn by_command(now: Micros) -> Ctx {
    Ctx { actor: Actor::command_line(), now, request_id: "test".into() }
}

/// Makes a backup by command and returns its file.
#[track_caller]
fn create(cli: &Cli) -> PathBuf {
    let made: Value = serde_json::from_str(&cli.ok(&["backup", "create", "--json"])).expect("JSON");
    assert_eq!((made["state"].as_str(), made["verification"].as_str()), (Some("kept"), Some("passed")), "{made}");
    made["file"].as_str().expect("a file").into()
}

/// Names of what is in the folder of backups.
fn folder(database: &Database) -> Vec<String> {
    let read = std::fs::read_dir(database.data_dir().join("backups")).expect("the folder");
    let mut names: Vec<String> = read.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
