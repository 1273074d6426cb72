//! The fixed words of the product in the OpenAPI document, taken from the enums that define them.

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::app::import;
use crate::definition::import::Fate;
use crate::domain::{
    access, approval, backup, component, deployment, environment, guard, planned, resolver, rollout, run, version, vocabulary,
};

macro_rules! words {
    ($($(#[$meta:meta])* $name:ident = $of:ty),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(<$of>::ALL.iter().map(|word| word.as_str()))).into()
            }
        }
        impl ToSchema for $name {}
    )+};
}

words! {
    /// Why a backup was made.
    BackupReason = backup::Reason,
    /// What became of a backup.
    BackupState = backup::State,
    /// Whether a backup can be restored, as far as is known.
    BackupVerification = backup::Verification,
    /// How far the work on a backup is.
    BackupStage = backup::Stage,
    /// draft, published, archived.
    Lifecycle = version::Lifecycle,
    /// never, earlier, current.
    Sync = version::Sync,
    /// How a version came to be.
    Origin = version::Origin,
    /// Where the run switch stands.
    Switch = deployment::Switch,
    /// What a deployment record says was done.
    Verb = deployment::Verb,
    /// drain, terminate.
    InFlight = deployment::InFlight,
    /// running, halted, or how a rollout ended.
    RolloutState = rollout::State,
    /// auto, manual.
    Advance = rollout::Advance,
    /// replace, cancel.
    During = rollout::During,
    /// How a stage came out so far.
    Outcome = guard::Outcome,
    /// Where a proposal stands.
    Standing = approval::Standing,
    /// approve, reject.
    Verdict = approval::Verdict,
    /// deploy, stage, rollback.
    PlannedKind = planned::Kind,
    /// Where a planned change stands.
    PlannedState = planned::State,
    /// What a component is.
    ComponentKind = component::Kind,
    /// What an environment is for.
    EnvironmentKind = environment::Kind,
    /// Whose words pages use for states.
    Vocabulary = vocabulary::Vocabulary,
    /// Where a configuration version stands.
    ConfigurationState = environment::ConfigurationState,
    /// Where a run stands.
    RunState = run::State,
    /// deployed, draft.
    Configured = run::Configured,
    /// Where a step stands.
    StepState = run::StepState,
    /// What started a run.
    Trigger = run::Trigger,
    /// Why a run uses the version it uses.
    Reason = resolver::Reason,
    /// What somebody is trusted with.
    Role = access::Role,
    /// What a file that is imported is.
    ImportKind = import::SourceKind,
    /// What an item of such a file is.
    ImportPart = import::Part,
    /// What is to be done with an item.
    ImportAct = import::Act,
    /// What an item would do.
    ImportOutcome = import::Outcome,
    /// How much a note matters.
    ImportWeight = import::Weight,
    /// What became of a part of a state machine.
    ImportFate = Fate,
}

/// A version as programs name it: a number, or a text (`latest`, `draft`, a label, an id).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(examples(json!(3), json!("latest")))]
pub enum VersionName {
    /// Its number.
    Number(i64),
    /// `latest`, `draft`, a label, or an id.
    Text(String),
}

impl std::fmt::Display for VersionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}
