//! The latest instant that a file names: what it holds was done before it was made.

use super::{At, Body, Component, Environment, Flow};

impl Body {
    /// The latest instant at which something in it was done.
    pub fn latest(&self) -> At {
        let environments = self.environments.iter().flat_map(of_environment);
        let components = self.components.iter().flat_map(of_component);
        let flows = self.flows.iter().flat_map(of_flow);
        let plans = self.plans.iter().map(|p| p.updated_at);
        let packages = self.packages.iter().flat_map(|p| [p.created_at, p.updated_at]);
        environments.chain(components).chain(flows).chain(plans).chain(packages).max().unwrap_or_default()
    }
}

fn of_environment(environment: &Environment) -> impl Iterator<Item = At> {
    let rows = environment.configurations.iter();
    let rows = rows.flat_map(|c| [Some(c.created_at), Some(c.updated_at), c.deployed_at, c.retired_at].into_iter().flatten());
    rows.chain([environment.created_at])
}

fn of_component(component: &Component) -> impl Iterator<Item = At> {
    component.revisions.iter().map(|r| r.at).chain([component.created_at, component.updated_at])
}

fn of_flow(flow: &Flow) -> impl Iterator<Item = At> {
    let versions = flow.versions.iter().flat_map(|v| {
        let own = [Some(v.created_at), Some(v.updated_at), v.published_at, v.archived_at];
        let marks = v.quarantines.iter().map(|q| q.since);
        own.into_iter().flatten().chain(marks).chain(v.revisions.iter().map(|r| r.at))
    });
    versions.chain([flow.created_at]).chain(flow.archived_at)
}
