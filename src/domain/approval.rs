//! Approvals: what a protected environment asks for before anything moves forward (PRODUCT §4.5, §9.3; TRUST §4.5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::clock::Micros;
use super::event::hex;

/// How long a proposal waits for approvals, in microseconds: 24 hours.
pub const LIFETIME: i64 = 24 * 60 * Micros::MINUTE;

/// The most approvals that an environment may ask for.
pub const MOST: u32 = 10;

/// Exactly what is approved. Any difference afterwards voids the approval.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Bound<'a> {
    /// A flow's version is deployed.
    Deployment(Deployment<'a>),
    /// An environment's configuration is deployed.
    Configuration(Configuration<'a>),
}

/// What an approval of a flow's deployment holds for.
#[derive(Debug, Serialize)]
pub struct Deployment<'a> {
    /// The flow.
    pub flow: &'a str,
    /// The version.
    pub version: &'a str,
    /// Its hot-fix revision.
    pub revision: i64,
    /// What it executes.
    pub content_hash: &'a str,
    /// Where it goes.
    pub environment: &'a str,
    /// The configuration deployed there.
    pub configuration: i64,
    /// That configuration's replacements.
    pub replacements: &'a str,
    /// Components that the version refers to and that configuration would take in with it: `variable/rate` → 2.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub components: &'a BTreeMap<String, i64>,
    /// Stages, guard, runs in flight.
    pub ask: &'a str,
    /// Who proposes.
    pub proposer: &'a str,
}

/// What an approval of a configuration's deployment holds for.
#[derive(Debug, Serialize)]
pub struct Configuration<'a> {
    /// Where it is deployed.
    pub environment: &'a str,
    /// The configuration version.
    pub configuration: &'a str,
    /// Its number.
    pub number: i64,
    /// SHA-256 in hex over its replacements, with the revision of every component as it would be frozen.
    pub content_hash: &'a str,
    /// What its author says of it.
    pub note: &'a str,
    /// The number that is deployed: the differences shown are those from it.
    pub from: Option<i64>,
    /// Who proposes.
    pub proposer: &'a str,
}

impl Bound<'_> {
    /// SHA-256 in hex over the fields in their order.
    pub fn hash(&self) -> String {
        // Structs of strings and numbers always serialise; an empty text would still change the hash.
        hex(&Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }
}

/// SHA-256 in hex of a text.
pub fn hash_of(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Who proposed and who approved what was carried out, as events keep it beside who carried it out (PRODUCT §9.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// The proposal: `prp_…`
    pub id: String,
    /// The name of who proposed it.
    pub proposer: String,
    /// The names of those who approved, in their order.
    pub approvers: Vec<String>,
}

impl Approved {
    /// "proposed by Ada, approved by Bo and Cy"
    pub fn sentence(&self) -> String {
        let names = match self.approvers.as_slice() {
            [] => return format!("proposed by {}", self.proposer),
            [one] => one.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
        };
        format!("proposed by {}, approved by {names}", self.proposer)
    }
}

crate::text_enum! {
    /// What somebody says of a proposal.
    pub enum Verdict ("verdict") {
        /// Go.
        Approve = "approve",
        /// Do not.
        Reject = "reject",
    }
}

crate::text_enum! {
    /// Where a proposal stands.
    pub enum Standing ("state of a proposal") {
        /// Waits for approvals.
        Open = "open",
        /// Has them, and can be carried out.
        Approved = "approved",
        /// Was carried out.
        Executed = "executed",
        /// Somebody said no.
        Rejected = "rejected",
        /// Its proposer took it back.
        Withdrawn = "withdrawn",
        /// What was to be approved is not what stands there any more.
        Void = "void",
        /// Nobody carried it out in time.
        Expired = "expired",
    }
}

impl Standing {
    /// Whether it waits for somebody.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Open | Self::Approved)
    }
}

/// Where an open proposal stands.
pub fn standing(approvals: i64, needed: i64, same: bool, expires_at: Micros, now: Micros) -> Standing {
    match () {
        () if !same => Standing::Void,
        () if now >= expires_at => Standing::Expired,
        () if approvals >= needed => Standing::Approved,
        () => Standing::Open,
    }
}

/// Why somebody may not vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MayNot {
    /// Four eyes are needed.
    #[error("You proposed this, so somebody else has to approve it.")]
    Proposer,
    /// The author's own work.
    #[error("You wrote this version, or a part of it, so somebody else has to approve it.")]
    Author,
    /// Not a person.
    #[error("Only people approve: sign in, or use a token of your own.")]
    Nobody,
}

/// Whether somebody may vote: a person, neither the proposer nor one of those who wrote what is proposed (TRUST §4.5).
///
/// # Errors
/// Why not.
pub fn may_vote(user: Option<&str>, proposer: &str, authors: &[String]) -> Result<(), MayNot> {
    match user {
        None => Err(MayNot::Nobody),
        Some(user) if user == proposer => Err(MayNot::Proposer),
        Some(user) if authors.iter().any(|author| author == user) => Err(MayNot::Author),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bound_field_changes_the_hash() {
        let (none, one) = (BTreeMap::new(), BTreeMap::from([("variable/rate".to_owned(), 2)]));
        let bound = || Deployment {
            flow: "wfl_a",
            version: "wflv_a",
            revision: 0,
            content_hash: "c",
            environment: "env_a",
            configuration: 1,
            replacements: "{}",
            components: &none,
            ask: "{}",
            proposer: "usr_a",
        };
        let hash = Bound::Deployment(bound()).hash();
        for other in [
            Deployment { flow: "wfl_b", ..bound() },
            Deployment { version: "wflv_b", ..bound() },
            Deployment { revision: 1, ..bound() },
            Deployment { content_hash: "d", ..bound() },
            Deployment { environment: "env_b", ..bound() },
            Deployment { configuration: 2, ..bound() },
            Deployment { replacements: "{\"a\":1}", ..bound() },
            Deployment { components: &one, ..bound() },
            Deployment { ask: "{\"percent\":5}", ..bound() },
            Deployment { proposer: "usr_b", ..bound() },
        ] {
            assert_ne!(Bound::Deployment(other).hash(), hash);
        }
        assert_eq!(Bound::Deployment(bound()).hash(), hash);
    }

    #[test]
    fn any_bound_field_of_a_configuration_changes_the_hash() {
        let bound = || Configuration {
            environment: "env_a",
            configuration: "envv_a",
            number: 3,
            content_hash: "c",
            note: "",
            from: Some(2),
            proposer: "usr_a",
        };
        let hash = Bound::Configuration(bound()).hash();
        for other in [
            Configuration { environment: "env_b", ..bound() },
            Configuration { configuration: "envv_b", ..bound() },
            Configuration { number: 4, ..bound() },
            Configuration { content_hash: "d", ..bound() },
            Configuration { note: "n", ..bound() },
            Configuration { from: None, ..bound() },
            Configuration { proposer: "usr_b", ..bound() },
        ] {
            assert_ne!(Bound::Configuration(other).hash(), hash);
        }
        assert_eq!(Bound::Configuration(bound()).hash(), hash);
        assert_ne!(hash_of("a"), hash_of("b"));
    }

    #[test]
    fn everybody_is_named() {
        let of = |approvers: &[&str]| Approved {
            id: "prp_a".into(),
            proposer: "Ada".into(),
            approvers: approvers.iter().map(|a| (*a).to_owned()).collect(),
        };
        assert_eq!(of(&["Bo"]).sentence(), "proposed by Ada, approved by Bo");
        assert_eq!(of(&["Bo", "Cy", "Di"]).sentence(), "proposed by Ada, approved by Bo, Cy and Di");
    }

    #[test]
    fn four_eyes_and_time() {
        let authors = ["b".to_owned(), "d".to_owned()];
        assert_eq!(may_vote(Some("a"), "a", &[]), Err(MayNot::Proposer));
        assert_eq!(may_vote(Some("b"), "a", &authors), Err(MayNot::Author));
        assert_eq!(may_vote(Some("d"), "a", &authors), Err(MayNot::Author));
        assert_eq!(may_vote(None, "a", &[]), Err(MayNot::Nobody));
        assert_eq!(may_vote(Some("c"), "a", &authors), Ok(()));
        let at = |approvals, same, now| standing(approvals, 2, same, Micros(100), Micros(now));
        assert_eq!(
            [at(1, true, 5), at(2, true, 5), at(2, false, 5), at(2, true, 100)],
            [Standing::Open, Standing::Approved, Standing::Void, Standing::Expired]
        );
    }
}
