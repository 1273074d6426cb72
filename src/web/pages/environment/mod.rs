//! `/w/{ws}/environments…`: a workspace's environments, one of them with its rack, and its settings.

pub mod acts;
pub mod parts;
pub mod settings;

use askama::Template;

pub use parts::{CoverageRow, FlowRow, ReplacementForm, ReplacementRow, Slot};
pub use settings::{EnvironmentSettingsPage, FreezeRow, NewEnvironmentPage};

use crate::web::components::banner::Banner;
use crate::web::components::change::{ChangeView, Diff};
use crate::web::components::field::Field;
use crate::web::components::nav::{Crumbs, Segments, Tabs};
use crate::web::components::plate::Tag;
use crate::web::components::rich::Rich;
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::layout::Layout;

/// What every page of an environment has on top.
#[derive(Debug, Clone)]
pub struct EnvironmentHead {
    /// `/w/{ws}/environments/{env}`.
    pub base: String,
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
}

impl EnvironmentHead {
    /// The breadcrumbs of the environment's own page.
    pub fn own_crumbs(&self, layout: &Layout) -> Crumbs {
        Crumbs::here(self.name.as_str()).below(format!("{}/environments", layout.home()), "Environments")
    }

    /// The breadcrumbs down to the environment, ending in `here`.
    pub fn crumbs(&self, layout: &Layout, here: &str) -> Crumbs {
        Crumbs::here(here).below(format!("{}/environments", layout.home()), "Environments").below(self.base.as_str(), self.name.as_str())
    }
}

/// The list of environments.
#[derive(Template)]
#[template(path = "pages/environment/list.html")]
pub struct EnvironmentsPage {
    /// Around the page.
    pub layout: Layout,
    /// May make, move and archive environments.
    pub may_admin: bool,
    /// Environments in their order.
    pub rows: Vec<EnvironmentRow>,
    /// Archived ones: slug, name, since when.
    pub archived: Vec<(String, String, Rich)>,
}

/// An environment in the list.
#[derive(Debug, Clone)]
pub struct EnvironmentRow {
    /// `/w/{ws}/environments/{env}`.
    pub href: String,
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// "Staging".
    pub kind: &'static str,
    /// What colours number plates.
    pub is_production: bool,
    /// What runs use.
    pub deployed: Option<Tag>,
    /// The draft, and "2 changes since #9".
    pub draft: Option<(Tag, String)>,
    /// "9 flows".
    pub flows: String,
    /// How many of them differ from production; empty: nothing to say.
    pub drift: String,
    /// What of the flows' components is not replaced; empty: nothing to say.
    pub coverage: String,
    /// Freeze and promotion path.
    pub gates: Vec<Rich>,
    /// Not the first.
    pub up: bool,
    /// Not the last.
    pub down: bool,
}

/// An environment with its rack.
#[derive(Template)]
#[template(path = "pages/environment/show.html", blocks = ["slots"])]
pub struct EnvironmentPage {
    /// Around the page.
    pub layout: Layout,
    /// The environment.
    pub environment: EnvironmentHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// The workspace's environments.
    pub tabs: Tabs,
    /// May edit and deploy the configuration.
    pub may_operate: bool,
    /// May change settings.
    pub may_admin: bool,
    /// What runs use.
    pub deployed: Option<u64>,
    /// The draft's number.
    pub draft: Option<u64>,
    /// Others have to approve before the draft is deployed.
    pub protected: bool,
    /// "9 flows run here".
    pub flows_say: String,
    /// A freeze that holds now.
    pub frozen: Option<Banner>,
    /// "Five are kept. Deploying #10 removes #6 and opens draft #11."
    pub rack_says: String,
    /// The rack, newest first.
    pub rack: Vec<Slot>,
    /// Which version's replacements are shown.
    pub shown: u64,
    /// Whether that is the draft.
    pub shown_draft: bool,
    /// "draft #10".
    pub shown_words: String,
    /// The versions whose replacements can be shown.
    pub versions: Segments,
    /// Heading of the column of changes: "Since #9"; empty: there is nothing to compare with.
    pub since: String,
    /// Its replacements, by kind and name.
    pub replacements: Vec<ReplacementRow>,
    /// What was taken out since the deployed version.
    pub gone: Vec<ChangeView>,
    /// The form that adds one; only for the draft.
    pub form: Option<ReplacementForm>,
    /// The draft's note.
    pub note: Option<Field>,
    /// The note of another version; may be empty.
    pub shown_note: String,
    /// What flows refer to.
    pub coverage: Vec<CoverageRow>,
    /// "3 components are not replaced".
    pub coverage_says: String,
    /// Flows that run here.
    pub flows: Vec<FlowRow>,
    /// Flows that are not listed.
    pub more_flows: u64,
    /// Name of the production, to compare with; empty on its own page.
    pub production: String,
    /// Kind, promotion path, freezes.
    pub facts: Vec<(String, Rich)>,
}

impl EnvironmentPage {
    /// The draft's lock version that forms send back.
    fn expect(&self) -> u64 {
        self.form.as_ref().map_or(0, |form| form.expect)
    }
}

/// A version of a configuration, also one in the bin.
#[derive(Template)]
#[template(path = "pages/environment/version.html")]
pub struct ConfigurationPage {
    /// Around the page.
    pub layout: Layout,
    /// The environment.
    pub environment: EnvironmentHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// Its tag.
    pub tag: Tag,
    /// Where it stands.
    pub status: StatusView,
    /// May edit and deploy the configuration.
    pub may_operate: bool,
    /// May be deployed from here.
    pub deployable: bool,
    /// Others have to approve its deployment first.
    pub proposes: bool,
    /// Is off the rack, or not the draft: a draft can be made from it.
    pub draftable: bool,
    /// May be deleted.
    pub deletable: bool,
    /// What runs use now, to compare with.
    pub deployed: Option<u64>,
    /// Its note; may be empty.
    pub note: String,
    /// Its replacements.
    pub replacements: Vec<ReplacementRow>,
    /// Who and when.
    pub facts: Vec<(String, Rich)>,
}

/// Two configurations side by side.
#[derive(Template)]
#[template(path = "pages/environment/compare.html")]
pub struct CompareConfigurationsPage {
    /// Around the page.
    pub layout: Layout,
    /// The environment.
    pub environment: EnvironmentHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// Versions to pick from: number and words.
    pub choices: Vec<(u64, String)>,
    /// The older one.
    pub from: Tag,
    /// The newer one.
    pub to: Tag,
    /// What differs, by kind.
    pub groups: Vec<(String, Vec<ChangeView>)>,
    /// "3 differences".
    pub says: String,
}
