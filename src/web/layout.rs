//! What every page has around it: head, sidebar, theme, flash.

use std::fmt;

use askama::filters::HtmlSafe;

use super::components::banner::Banner;
use crate::domain::vocabulary::Vocabulary;

/// The colours that a person picked; rendered from a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The cookie that keeps the theme. It says nothing about a person, so scripts and plain HTTP may have it.
pub const THEME_COOKIE: &str = "signalbox_theme";

impl Theme {
    /// From a cookie or a form; anything unknown is the system's.
    pub fn of(word: &str) -> Theme {
        match word {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }
    /// Word for cookie and form.
    pub fn word(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

/// Prints the attribute of the `html` element.
impl fmt::Display for Theme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Theme::System => Ok(()),
            other => write!(f, " data-theme=\"{}\"", other.word()),
        }
    }
}

impl HtmlSafe for Theme {}

/// The hidden field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csrf(pub String);

impl fmt::Display for Csrf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<input type=\"hidden\" name=\"csrf\" value=\"")?;
        // Tokens are URL-safe base64; whatever else came in here would be dropped.
        self.0.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).try_for_each(|c| fmt::Write::write_char(f, c))?;
        f.write_str("\">")
    }
}

impl HtmlSafe for Csrf {}

/// The link of the sidebar that is lit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Dashboard, flows and versions.
    Dashboard,
    /// Runs.
    Runs,
    /// Environments and their configurations.
    Environments,
    /// Proposals that wait.
    Approvals,
    /// Rollouts and their plans.
    Rollouts,
    /// Releases of the whole workspace.
    Versions,
    /// Shared things that flows refer to.
    Components,
    /// History of the workspace.
    History,
    /// Deleted things.
    Bin,
    /// People.
    People,
    /// Backups of the whole instance.
    Backups,
    /// The own account and everything else.
    Elsewhere,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Full name.
    pub name: String,
    /// "Administrator".
    pub role: String,
    /// May manage people.
    pub admin: bool,
}

impl Person {
    /// One or two letters of the name.
    pub fn initials(&self) -> String {
        let mut words = self.name.split_whitespace().filter_map(|w| w.chars().next());
        let first = words.next();
        let last = words.next_back();
        first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
    }
}

/// Everything around a page for somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Title of the browser's tab, without the product's name.
    pub title: String,
    /// Colours.
    pub theme: Theme,
    /// Token of the forms.
    pub csrf: Csrf,
    /// Slug of the workspace.
    pub workspace: String,
    /// Name of the workspace.
    pub workspace_name: String,
    /// Whose words its pages use for states.
    pub words: Vocabulary,
    /// The other workspaces of this person: slug and name.
    pub other_workspaces: Vec<(String, String)>,
    /// Who is signed in.
    pub person: Person,
    /// What is lit in the sidebar.
    pub place: Place,
    /// Failed runs of the last hour.
    pub failed_runs: u64,
    /// Rollouts under way.
    pub open_rollouts: u64,
    /// Proposals that are open.
    pub open_proposals: u64,
    /// What stands in the search field.
    pub query: String,
    /// What the last action did.
    pub flash: Option<Banner>,
    /// Said on every page: plain HTTP is on, the disk is full, the server is read-only.
    pub notices: Vec<Banner>,
}

impl Layout {
    /// `/w/{workspace}`.
    pub fn home(&self) -> String {
        format!("/w/{}", self.workspace)
    }
    /// Our words for a state in the workspace's own.
    pub fn says<'a>(&self, ours: &'a str) -> &'a str {
        self.words.says(ours).unwrap_or(ours)
    }
    /// Whether that link is lit.
    pub fn at(&self, place: &str) -> bool {
        matches!(
            (self.place, place),
            (Place::Dashboard, "dashboard")
                | (Place::Runs, "runs")
                | (Place::Environments, "environments")
                | (Place::Approvals, "approvals")
                | (Place::Rollouts, "rollouts")
                | (Place::Versions, "versions")
                | (Place::Components, "components")
                | (Place::History, "history")
                | (Place::Bin, "bin")
                | (Place::People, "people")
                | (Place::Backups, "backups")
        )
    }
}

/// Everything around a page for nobody in particular: sign-in, set-up, faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare {
    /// Title of the browser's tab, without the product's name.
    pub title: String,
    /// Colours.
    pub theme: Theme,
    /// Token of the form.
    pub csrf: Csrf,
}

impl Bare {
    /// A page without forms.
    pub fn new(title: impl Into<String>, theme: Theme) -> Bare {
        Bare { title: title.into(), theme, csrf: Csrf(String::new()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_and_attributes() {
        let initials = |name: &str| Person { name: name.into(), role: String::new(), admin: false }.initials();
        assert_eq!(initials("Aiko Tanaka"), "AT");
        assert_eq!(initials("maría del carmen ruiz"), "MR");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
        assert_eq!(format!("{}{}", Theme::of("dark"), Theme::of("\"><script>")), " data-theme=\"dark\"");
        assert_eq!(Csrf("a-_\"><script>".into()).to_string(), "<input type=\"hidden\" name=\"csrf\" value=\"a-_script\">");
    }
}
