//! The parts of addresses. `{ws}`, `{flow}` and `{env}` are slugs or ids.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::{self, Ctx, component, environment, flow, version, workspace};
use crate::store::components::Component;
use crate::store::conn::Conn;
use crate::store::environments::{Environment, EnvironmentVersion};
use crate::store::flows::Flow;
use crate::store::versions::Version;
use crate::store::workspaces::Workspace;

/// `/{ws}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct Ws {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
}

/// `/{ws}/flows/{flow}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsFlow {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The flow, by slug or id.
    #[param(example = "order-intake")]
    pub flow: String,
}

/// `/{ws}/flows/{flow}/versions/{v}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsFlowVersion {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The flow, by slug or id.
    #[param(example = "order-intake")]
    pub flow: String,
    /// The version: a number, `latest`, `draft`, a label, or an id.
    #[param(example = "latest")]
    pub v: String,
}

/// `/{ws}/flows/{flow}/compare/{a}/{b}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct Two {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The flow, by slug or id.
    #[param(example = "order-intake")]
    pub flow: String,
    /// The older version: a number, `latest`, `draft`, a label, or an id. Also `17.1` for a revision, `17@5` for a draft as it
    /// was saved, `live:production` and `candidate:production` for what is there; `order-copy~17` for one of another flow.
    #[param(example = "1")]
    pub a: String,
    /// The newer version, named in the same ways.
    #[param(example = "draft")]
    pub b: String,
}

/// `/{ws}/environments/{env}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsEnv {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The environment, by slug or id.
    #[param(example = "production")]
    pub env: String,
}

/// `/{ws}/environments/{env}/versions/{n}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsEnvVersion {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The environment, by slug or id.
    #[param(example = "production")]
    pub env: String,
    /// The configuration version: a number, `draft`, `deployed`, or an id.
    #[param(example = "draft")]
    pub n: String,
}

/// `/{ws}/environments/{env}/versions/{a}/compare/{b}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TwoConfigurations {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The environment, by slug or id.
    #[param(example = "production")]
    pub env: String,
    /// The older version: a number, `draft`, `deployed`, or an id.
    #[param(example = "deployed")]
    pub a: String,
    /// The newer version, named in the same ways.
    #[param(example = "draft")]
    pub b: String,
}

/// `/{ws}/environments/{env}/flows/{flow}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsEnvFlow {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The environment, by slug or id.
    #[param(example = "production")]
    pub env: String,
    /// The flow, by slug or id.
    #[param(example = "order-intake")]
    pub flow: String,
}

/// `/{ws}/environments/{env}/flows/{flow}/…/{v}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsEnvFlowVersion {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The environment, by slug or id.
    #[param(example = "production")]
    pub env: String,
    /// The flow, by slug or id.
    #[param(example = "order-intake")]
    pub flow: String,
    /// The version: a number, `latest`, a label, or an id.
    #[param(example = "4")]
    pub v: String,
}

/// `/{ws}/rollouts/{rollout}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsRollout {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The rollout's id.
    #[param(example = "rol_06c3k2j8v1fqz7r0m5x9t4hn2b")]
    pub rollout: String,
}

/// `/{ws}/proposals/{proposal}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsProposal {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The proposal's id.
    #[param(example = "prp_06c3k2j8v1fqz7r0m5x9t4hn2b")]
    pub proposal: String,
}

/// `/{ws}/plans/{plan}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsPlan {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The plan, by name or id.
    #[param(example = "Careful")]
    pub plan: String,
}

/// `/{ws}/planned/{planned}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsPlanned {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The planned change's id.
    #[param(example = "plc_06c3k2j8v1fqz7r0m5x9t4hn2b")]
    pub planned: String,
}

/// `/{ws}/packages/{pkg}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsPackage {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The package, by name or id.
    #[param(example = "Spring prices")]
    pub pkg: String,
}

/// `/{ws}/releases/{n}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsRelease {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The release, by number or id.
    #[param(example = "12")]
    pub n: String,
}

/// `/{ws}/compare/{a}/{b}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TwoSides {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The older side: `release:12`, `env:production` or `now`.
    #[param(example = "release:12")]
    pub a: String,
    /// The newer side, named in the same ways.
    #[param(example = "now")]
    pub b: String,
}

/// `/{ws}/runs/{run}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsRun {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// The run's id.
    #[param(example = "wfr_06c3k2j8v1fqz7r0m5x9t4hn2b")]
    pub run: String,
}

/// `/{ws}/components/{kind}/{name}`
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WsComponent {
    /// The workspace, by slug or id.
    #[param(example = "main")]
    pub ws: String,
    /// What the component is.
    #[param(value_type = super::words::ComponentKind, example = "connection")]
    pub kind: String,
    /// Its name or id.
    #[param(example = "order-service")]
    pub name: String,
}

impl WsComponent {
    /// The workspace and its component.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Component)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let kind = self.kind.parse().map_err(|_| app::Error::not_found("kind of component", &self.kind))?;
        let component = component::find(conn, ctx, &workspace, kind, &self.name)?;
        Ok((workspace, component))
    }
}

impl Ws {
    /// The workspace, if the caller may see it.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<Workspace> {
        workspace::find(conn, ctx, &self.ws)
    }
}

impl WsFlow {
    /// The workspace and its flow.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Flow)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let flow = flow::find(conn, &workspace, &self.flow)?;
        Ok((workspace, flow))
    }
}

impl WsFlowVersion {
    /// The flow and its version.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Flow, Version)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let flow = flow::find(conn, &workspace, &self.flow)?;
        let version = version::find(conn, &flow, &self.v)?;
        Ok((flow, version))
    }
}

impl WsEnv {
    /// The workspace and its environment.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Workspace, Environment)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let environment = workspace::environment(conn, &workspace, &self.env)?;
        Ok((workspace, environment))
    }
}

impl WsEnvVersion {
    /// The environment and the version of its configuration.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Environment, EnvironmentVersion)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let environment = workspace::environment(conn, &workspace, &self.env)?;
        let version = environment::version(conn, &environment, &self.n)?;
        Ok((environment, version))
    }
}

impl WsEnvFlow {
    /// The flow and the environment.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Flow, Environment)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let environment = workspace::environment(conn, &workspace, &self.env)?;
        let flow = flow::find(conn, &workspace, &self.flow)?;
        Ok((flow, environment))
    }
}

impl WsEnvFlowVersion {
    /// The flow, the environment and the version.
    ///
    /// # Errors
    /// Not found.
    pub fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Flow, Environment, Version)> {
        let workspace = workspace::find(conn, ctx, &self.ws)?;
        let environment = workspace::environment(conn, &workspace, &self.env)?;
        let flow = flow::find(conn, &workspace, &self.flow)?;
        let version = version::find(conn, &flow, &self.v)?;
        Ok((flow, environment, version))
    }
}
