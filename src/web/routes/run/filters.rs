//! The filters of the run list: read from the address, put back into it, and turned into a query.

use serde::Deserialize;

use crate::app::{self, Ctx, flow, version};
use crate::domain::run::{State, Trigger};
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::page::Direction;
use crate::store::rollouts;
use crate::store::runs::Filter;
use crate::store::workspaces::Workspace;
use crate::web::components::field::{Control, Field};
use crate::web::routes::run::trigger_words;

/// Flows that the filter offers; any other can be typed into the address.
const OFFERED: i64 = 200;

/// What stands in the address of the run list. Anything else in it is ignored, as links may carry marks of others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Slug of a flow.
    pub flow: String,
    /// A version of that flow, by any name.
    pub version: String,
    /// Word of a state.
    pub state: String,
    /// Slug of an environment.
    pub environment: String,
    /// Word of a trigger.
    pub trigger: String,
    /// Id of the rollout that decided which version they got.
    pub rollout: String,
    /// Runs older than this one.
    pub before: String,
    /// Runs newer than this one.
    pub after: String,
    /// Which part of the page is wanted.
    pub part: String,
    /// Newest run that is shown.
    pub newest: String,
}

impl Asked {
    /// The filters that are set, as a query.
    pub fn query(&self) -> String {
        let all = [
            ("flow", &self.flow),
            ("version", &self.version),
            ("state", &self.state),
            ("environment", &self.environment),
            ("trigger", &self.trigger),
            ("rollout", &self.rollout),
        ];
        let set: Vec<_> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        serde_html_form::to_string(set).unwrap_or_default()
    }

    /// Where the page begins.
    pub fn direction(&self) -> Direction<String> {
        match (self.before.as_str(), self.after.as_str()) {
            ("", "") => Direction::Newest,
            (before, "") => Direction::Before(before.to_owned()),
            (_, after) => Direction::After(after.to_owned()),
        }
    }

    /// The filters as the database wants them.
    ///
    /// # Errors
    /// A flow, version or environment that does not exist; a word that is none.
    pub fn filter(&self, conn: &mut Conn, workspace: &Workspace) -> app::Result<Filter> {
        let mut filter = Filter::default();
        if !self.flow.is_empty() {
            let flow = flow::find(conn, workspace, &self.flow)?;
            if !self.version.is_empty() {
                filter.version = Some(version::find(conn, &flow, &self.version)?.id);
            }
            filter.flow = Some(flow.id);
        }
        if !self.environment.is_empty() {
            filter.environment = Some(app::workspace::environment(conn, workspace, &self.environment)?.id);
        }
        if !self.rollout.is_empty() {
            let rollout = rollouts::find(conn, &workspace.id, &self.rollout)?;
            filter.rollout = Some(rollout.ok_or_else(|| app::Error::not_found("rollout", &self.rollout))?.id);
        }
        if !self.state.is_empty() {
            filter.state = Some(
                self.state
                    .parse::<State>()
                    .map_err(|e| app::Error::NotFound(format!("No run can be in the state of this address: {e}.")))?,
            );
        }
        if !self.trigger.is_empty() {
            let trigger = self
                .trigger
                .parse::<Trigger>()
                .map_err(|e| app::Error::NotFound(format!("No run has the trigger of this address: {e}.")))?;
            filter.trigger = Some(trigger.as_str().to_owned());
        }
        Ok(filter)
    }

    /// The fields of the filters.
    pub fn fields(&self, offers: &Offers) -> Vec<Field> {
        let pick = |name: &str, label: &str, all: &str, choices: Vec<(String, String)>, value: &str| {
            let mut choices = choices;
            choices.insert(0, (String::new(), all.to_owned()));
            if !choices.iter().any(|(v, _)| v == value) {
                choices.push((value.to_owned(), value.to_owned()));
            }
            Field::choice(name, label, choices).value(value)
        };
        let states = State::ALL.iter().map(|s| (s.as_str().to_owned(), s.word().to_owned())).collect();
        let triggers = Trigger::ALL.iter().map(|t| (t.as_str().to_owned(), trigger_words(t.as_str()).to_owned())).collect();
        let mut fields = vec![pick("flow", "Flow", "All flows", offers.flows.clone(), &self.flow)];
        if !self.flow.is_empty() {
            fields.push(Field::line("version", "Version").control(Control::Code).value(self.version.as_str()));
        }
        fields.push(pick("state", "Status", "All", states, &self.state));
        if !offers.one_environment() || !self.environment.is_empty() {
            fields.push(pick("environment", "Environment", "All", offers.environments.clone(), &self.environment));
        }
        fields.push(pick("trigger", "Trigger", "All", triggers, &self.trigger));
        if !self.rollout.is_empty() {
            fields.push(Field::line("rollout", "Rollout").control(Control::Code).value(self.rollout.as_str()));
        }
        fields
    }
}

/// What the filters offer: slugs and names.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    flows: Vec<(String, String)>,
    environments: Vec<(String, String)>,
}

impl Offers {
    /// There is nothing to tell apart by environment (PRODUCT §4.1).
    pub fn one_environment(&self) -> bool {
        self.environments.len() < 2
    }

    /// Reads them.
    ///
    /// # Errors
    /// The database.
    pub fn load(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace) -> app::Result<Self> {
        let flows = flow::list(conn, ctx, workspace, &crate::store::flows::Filter::default(), &Direction::Newest, OFFERED)?;
        let name = |e: Environment| (e.slug, e.name);
        Ok(Self {
            flows: flows.items.into_iter().map(|f| (f.slug, f.name)).collect(),
            environments: environments::list(conn, &workspace.id)?.into_iter().map(name).collect(),
        })
    }
}
