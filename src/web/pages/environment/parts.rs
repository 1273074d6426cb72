//! What the page of an environment is made of.

use crate::web::components::change::Diff;
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::plate::{Plate, Tag};
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;

/// A version on the rack.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its number.
    pub number: u64,
    /// Its tag.
    pub tag: Tag,
    /// Where it stands.
    pub status: StatusView,
    /// Who deployed it, or edited it last.
    pub who: String,
    /// "Deployed 12 Nov 09:40", "Used by runs now", "2 changes since #9".
    pub lines: Vec<Rich>,
    /// What it is about; may be empty.
    pub note: String,
    /// The next deployment takes it off.
    pub next_out: bool,
    /// Is the draft.
    pub is_draft: bool,
    /// Can be deployed.
    pub deployable: bool,
    /// Others have to approve its deployment first.
    pub proposes: bool,
    /// Is what runs use.
    pub is_deployed: bool,
}

/// A replacement of the table.
#[derive(Debug, Clone)]
pub struct ReplacementRow {
    /// Its place in the table, for the id of its menu.
    pub index: usize,
    /// Name of the icon of its kind.
    pub icon: &'static str,
    /// "Connection".
    pub kind: &'static str,
    /// As in addresses: `connections`.
    pub part: &'static str,
    /// The component.
    pub name: String,
    /// What stands in for it.
    pub value: String,
    /// What stood in for it in the deployed version.
    pub was: Option<String>,
    /// How it differs from the deployed version.
    pub diff: Diff,
    /// A sync keeps it.
    pub managed: bool,
    /// "3 flows".
    pub used: String,
    /// Their names, for the menu.
    pub users: Vec<(String, String)>,
    /// Where it is changed; empty: it cannot be changed here.
    pub edit: String,
}

/// The form that adds a replacement.
#[derive(Debug, Clone)]
pub struct ReplacementForm {
    /// Fields in their order.
    pub fields: Vec<Field>,
    /// The draft's lock version.
    pub expect: u64,
    /// What is wrong.
    pub summary: Option<ErrorSummary>,
    /// Components that flows refer to and that are not replaced: words and the address that fills the form.
    pub proposals: Vec<(String, String)>,
}

/// What a flow refers to.
#[derive(Debug, Clone)]
pub struct CoverageRow {
    /// The flow.
    pub flow: (String, String),
    /// What is replaced: "payments → adyen-test".
    pub replaced: Vec<Rich>,
    /// What is not.
    pub own: Vec<Rich>,
}

/// A flow that runs here.
#[derive(Debug, Clone)]
pub struct FlowRow {
    /// Address and name.
    pub flow: (String, String),
    /// What is live.
    pub plate: Plate,
    /// How the switch stands.
    pub status: StatusView,
    /// Against production; empty on its own page.
    pub compared: Rich,
    /// Since when.
    pub since: Rich,
    /// Who made it live, and who agreed when others had to.
    pub by: Rich,
    /// Which version a start would use, and why.
    pub start: Rich,
}
