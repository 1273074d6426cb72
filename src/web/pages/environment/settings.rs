//! A new environment, and the settings of one.

use askama::Template;

use super::EnvironmentHead;
use crate::web::components::change::CheckView;
use crate::web::components::field::{ErrorSummary, Field};
use crate::web::components::nav::Crumbs;
use crate::web::components::rich::Rich;
use crate::web::filters;
use crate::web::layout::Layout;

/// A new environment.
#[derive(Template)]
#[template(path = "pages/environment/new.html")]
pub struct NewEnvironmentPage {
    /// Around the page.
    pub layout: Layout,
    /// The way down.
    pub crumbs: Crumbs,
    /// What is asked.
    pub fields: Vec<Field>,
    /// What was wrong.
    pub summary: Option<ErrorSummary>,
}

/// The settings of an environment.
#[derive(Template)]
#[template(path = "pages/environment/settings.html")]
pub struct EnvironmentSettingsPage {
    /// Around the page.
    pub layout: Layout,
    /// The environment.
    pub environment: EnvironmentHead,
    /// The way down.
    pub crumbs: Crumbs,
    /// May change them.
    pub may_admin: bool,
    /// The environment's revision.
    pub expect: u64,
    /// Name, description, kind, promotion path, rack.
    pub fields: Vec<Field>,
    /// What was wrong with one of the forms.
    pub summary: Option<ErrorSummary>,
    /// Windows in which nothing moves forward.
    pub freezes: Vec<FreezeRow>,
    /// The form of a window that comes once.
    pub once: Vec<Field>,
    /// The form of a window that comes every week.
    pub weekly: Vec<Field>,
    /// Days: value, words, ticked.
    pub days: Vec<(&'static str, &'static str, bool)>,
    /// What is wrong with the days.
    pub days_error: Option<String>,
    /// What archiving would mean, or what stands in the way.
    pub archive: Vec<CheckView>,
    /// It can be archived.
    pub archivable: bool,
    /// Id, who made it, whether it is protected.
    pub facts: Vec<(String, Rich)>,
}

/// A window in which nothing moves forward.
#[derive(Debug, Clone)]
pub struct FreezeRow {
    /// Its place in the list.
    pub index: usize,
    /// When.
    pub when: Rich,
    /// Why.
    pub reason: String,
    /// Holds now.
    pub now: bool,
    /// Lies behind us.
    pub past: bool,
}
