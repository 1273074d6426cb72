//! Ids: a prefix and a time-ordered UUID (v7) in lower-case Crockford base 32 (PRODUCT §1).
//!
//! They sort by the time they were made, so lists page by them, and they never change.

use serde::{Deserialize, Serialize};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of an encoded UUID: 128 bits in groups of five.
const LENGTH: usize = 26;

fn encode(mut bits: u128) -> String {
    let mut out = [b'0'; LENGTH];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    out.iter().map(|b| char::from(*b)).collect()
}

fn is_encoded(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|b| ALPHABET.contains(&b))
}

/// A run id's text as if made at an instant and lower than every id made then: "since" for lists that page by id.
pub fn since(at: super::clock::Micros) -> String {
    let millis = u128::try_from(at.0.max(0) / 1000).unwrap_or(0);
    format!("{}{}", RunId::PREFIX, encode(millis << 80))
}

/// Any kind of id.
pub trait Id: Sized {
    /// The id of a UUID's 128 bits. New ones are made by `crate::clock::Generate`, because they hold the time.
    fn from_bits(bits: u128) -> Self;
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The prefix of this kind of id.
            pub const PREFIX: &'static str = $prefix;

            /// An id that was stored or received; `None` when it has another shape.
            pub fn parse(text: &str) -> Option<Self> {
                text.strip_prefix($prefix).filter(|rest| is_encoded(rest)).map(|_| Self(text.to_owned()))
            }

            /// An id read back from our own database.
            pub fn stored(text: String) -> Self { Self(text) }

            /// The id as text.
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl Id for $name {
            fn from_bits(bits: u128) -> Self { Self(format!("{}{}", $prefix, encode(bits))) }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String { id.0 }
        }
    )+};
}

ids! {
    /// One team's flows, environments and people.
    WorkspaceId = "ws_",
    /// A named workflow.
    FlowId = "wfl_",
    /// One iteration of a flow.
    VersionId = "wflv_",
    /// What stood in an editor's form, unsaved.
    UnsavedId = "uns_",
    /// A place where flows run.
    EnvironmentId = "env_",
    /// One iteration of an environment's configuration.
    EnvironmentVersionId = "envv_",
    /// One change of what is routed where.
    DeploymentId = "dep_",
    /// The move from a primary to a candidate.
    RolloutId = "rol_",
    /// A named plan of stages.
    PlanId = "pln_",
    /// A change set for a time.
    PlannedId = "plc_",
    /// A set of flow versions that go out together.
    PackageId = "pkg_",
    /// One going out of a package.
    PackageDeploymentId = "pkd_",
    /// A numbered snapshot of a workspace's metadata.
    ReleaseId = "rel_",
    /// One sync of a release to an environment.
    ReleaseSyncId = "rls_",
    /// A version that may not come back to an environment until released.
    QuarantineId = "qua_",
    /// A deployment that waits for approvals.
    ProposalId = "prp_",
    /// A component.
    ComponentId = "cmp_",
    /// A file that is being imported.
    ImportId = "imp_",
    /// One execution.
    RunId = "wfr_",
    /// A person.
    UserId = "usr_",
    /// An API token.
    TokenId = "tok_",
    /// A backup of the whole instance.
    BackupId = "bak_",
    /// One line of the history.
    EventId = "evt_",
    /// A stretch of the history between two restored backups.
    EpochId = "epo_",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Generate;

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let mut last = RunId::generate();
        for _ in 0..1000 {
            let next = RunId::generate();
            assert!(next > last, "{next} is not after {last}");
            assert_eq!(RunId::parse(next.as_str()).as_ref(), Some(&next));
            last = next;
        }
    }

    #[test]
    fn another_kinds_id_is_refused() {
        assert_eq!(RunId::parse(FlowId::generate().as_str()), None);
        assert_eq!(RunId::parse("wfr_short"), None);
        assert_eq!(RunId::parse("wfr_ILOU567890123456789012345a"), None);
    }
}
