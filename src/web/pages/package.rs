//! Packages: listed, looked at, written (PRODUCT §5.10).

use askama::Template;

use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::{Crumbs, Pager, Segments, Tabs};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// `GET /w/{ws}/packages`
#[derive(Template)]
#[template(path = "pages/package/list.html")]
pub struct PackageListPage {
    /// Around the page.
    pub layout: Layout,
    /// Rollouts, planned, packages.
    pub tabs: Tabs,
    /// Newest first.
    pub packages: Vec<PackageRow>,
    /// Foot.
    pub pager: Pager,
    /// The person may make packages.
    pub may: bool,
}

/// A package in the list.
#[derive(Debug, Clone)]
pub struct PackageRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub note: String,
    /// "Order intake v4, Invoices v2 and 3 more".
    pub flows: String,
    /// "Stands in Production, went back in Staging"; may be empty.
    pub stands: String,
    /// When it was changed last, and by whom.
    pub changed: (TimeView, String),
}

/// `GET /w/{ws}/packages/{pkg}?environment=`
#[derive(Template)]
#[template(path = "pages/package/show.html")]
pub struct PackagePage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// Its address.
    pub base: String,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub note: String,
    /// Who made it, and when.
    pub made: Rich,
    /// The environments that it is compared with.
    pub environments: Segments,
    /// Slug and name of the one that is picked.
    pub environment: (String, String),
    /// What stands there against what the package would put there.
    pub items: Vec<CompareRow>,
    /// What can be done there by this person.
    pub may: PackageMay,
    /// Newest first.
    pub deployments: Vec<WentOut>,
}

/// What can be done with a package.
#[derive(Debug, Clone, Copy, Default)]
pub struct PackageMay {
    /// Change it.
    pub edit: bool,
    /// Delete it: it was never deployed.
    pub delete: bool,
    /// Deploy it to the environment that is picked.
    pub deploy: bool,
    /// Take it back there.
    pub back: bool,
}

/// One flow of a package in the environment that is picked.
#[derive(Debug, Clone)]
pub struct CompareRow {
    /// Address and name of the flow.
    pub flow: (String, String),
    /// Its queue priority.
    pub priority: i64,
    /// What stands there now.
    pub now: Option<Plate>,
    /// What the package would put there.
    pub puts: Plate,
    /// "3 changes", "Stands there already", or the rule in the way.
    pub says: Rich,
    /// A rule refuses it.
    pub refused: bool,
}

/// One going out of the package.
#[derive(Debug, Clone)]
pub struct WentOut {
    /// Name of the environment.
    pub environment: String,
    /// When.
    pub at: TimeView,
    /// Who.
    pub by: String,
    /// Why, as written; may be empty.
    pub comment: String,
    /// "All new runs at once", "20% of new runs".
    pub share: String,
    /// One line each: what it did, and what became of it.
    pub flows: Vec<String>,
    /// "Ada took it back today 14:20: “Totals are wrong.”"; empty while it stands.
    pub back: Rich,
}

/// `GET /w/{ws}/packages/new` and `…/{pkg}/edit`
#[derive(Template)]
#[template(path = "pages/package/edit.html")]
pub struct PackageForm {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// "New package", or its name.
    pub heading: String,
    /// Where the form goes.
    pub action: String,
    /// Where cancelling leads.
    pub keep: String,
    /// The revision that was seen.
    pub based_on: String,
    /// It was deployed: no flow can be taken out.
    pub deployed: bool,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
    /// Its name.
    pub name: Field,
    /// What it is for.
    pub note: Field,
    /// Flow, version, priority; as typed.
    pub rows: Vec<[String; 3]>,
    /// What is wrong with the rows.
    pub rows_error: Vec<String>,
    /// Slugs and names of the flows that can be chosen.
    pub flows: Vec<(String, String)>,
}
