//! What is written down of a run: as JSON, or sealed where it carries a secret (DECISIONS 20).

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::hold::json_of;
use crate::app::component::redact::Redactor;
use crate::app::vault::Vault;
use crate::domain::run::StepState;
use crate::domain::sealed;
use crate::runner::durable::{FlowDirective, Interrupted, Left, Outcome};
use crate::store::journal::Step as Row;

/// Seals and opens what one run writes.
pub(super) struct Guard {
    pub vault: Vault,
    pub workspace: String,
    pub redactor: Redactor,
}

impl Guard {
    /// A value as it is written down.
    pub fn keep(&self, value: &impl serde::Serialize) -> Result<String, Interrupted> {
        let text = json_of(value);
        if self.redactor.is_empty() || !self.redactor.finds(&text) {
            return Ok(text);
        }
        let shown = serde_json::from_str::<Value>(&text).map(|value| self.redactor.value(&value)).unwrap_or_default();
        self.vault.seal(&self.workspace, &text, &shown.to_string()).map_err(|e| Interrupted::Failed(e.to_string()))
    }

    /// Learns from a sealed text what this run carries, whatever the workspace's secrets are by now.
    pub fn learn(&mut self, text: &str) -> Result<(), Interrupted> {
        let Some(parts) = sealed::parts(text) else { return Ok(()) };
        let plain = self.read::<Value>(text, "a sealed text")?;
        self.redactor.learn(&plain, &serde_json::from_str(parts.shown).unwrap_or_default());
        Ok(())
    }

    /// What was written down.
    pub fn read<T: DeserializeOwned>(&self, text: &str, what: &str) -> Result<T, Interrupted> {
        let failed = |e: &dyn std::fmt::Display| Interrupted::Failed(format!("{what} cannot be read: {e}"));
        if sealed::parts(text).is_none() {
            return serde_json::from_str(text).map_err(|e| failed(&e));
        }
        let plain = self.vault.open(&self.workspace, text).map_err(|e| failed(&e))?;
        serde_json::from_str(&plain).map_err(|e| failed(&e))
    }

    /// How a step ended.
    pub fn recorded(&self, row: &Row) -> Result<Left, Interrupted> {
        let what = format!("the journal of step {}", row.key);
        let outcome = match row.state.parse() {
            Ok(StepState::Completed) => Outcome::Completed(self.read(row.output.as_deref().unwrap_or("null"), &what)?),
            Ok(StepState::Faulted) => Outcome::Faulted(self.read(row.error.as_deref().unwrap_or("null"), &what)?),
            _ => Outcome::Skipped,
        };
        let context = row.context.as_deref().map(|text| self.read(text, &what)).transpose()?;
        let then = row.directive.as_deref().map(|text| self.read::<FlowDirective>(text, &what)).transpose()?;
        Ok(Left { outcome, context, then })
    }
}
