//! Who may do what (PRODUCT §11, TRUST §4.5, DECISIONS 23).

use super::environment::Kind;
use super::ids::{TokenId, UserId, WorkspaceId};

crate::text_enum! {
    /// What a person or program is trusted with, in the whole instance or in one workspace.
    pub enum Role ("role") {
        /// Reads everything.
        Viewer = "viewer",
        /// Edits drafts, publishes, deploys to development and starts runs outside production.
        Editor = "editor",
        /// Deploys, rolls back, pauses, stops; starts and cancels runs everywhere.
        Operator = "operator",
        /// Everything, and people.
        Admin = "admin",
    }
}

impl Role {
    /// What the role allows, in one sentence for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Viewer => "Reads flows, runs and history.",
            Self::Editor => "Edits and publishes flows, deploys them to development and starts runs outside production.",
            Self::Operator => "Deploys, rolls back, pauses and stops flows; starts, cancels and retries runs everywhere; keeps secrets.",
            Self::Admin => "May do everything, and manages people, workspaces and environments.",
        }
    }

    /// Whether this role includes `permission`.
    pub const fn allows(self, permission: Permission) -> bool {
        match permission {
            Permission::Read => true,
            Permission::Edit => matches!(self, Self::Editor | Self::Admin),
            Permission::KeepSecrets => matches!(self, Self::Operator | Self::Admin),
            Permission::Operate(kind) | Permission::Start(kind) => match self {
                Self::Operator | Self::Admin => true,
                Self::Editor => match permission {
                    Permission::Operate(_) => matches!(kind, Kind::Development),
                    _ => !matches!(kind, Kind::Production),
                },
                Self::Viewer => false,
            },
            Permission::Administer => matches!(self, Self::Admin),
        }
    }
}

/// What a use case asks for before it does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See pages and answers.
    Read,
    /// Change drafts, publish, archive and delete.
    Edit,
    /// Make, replace and delete secrets; nobody reads them back.
    KeepSecrets,
    /// Change what runs in an environment of this kind.
    Operate(Kind),
    /// Start, cancel and retry runs in an environment of this kind.
    Start(Kind),
    /// People, workspaces and environments.
    Administer,
}

impl Permission {
    /// What was asked for, to finish the sentence "You may not …".
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Read => "see this",
            Self::Edit => "change flows",
            Self::KeepSecrets => "keep secrets",
            Self::Operate(Kind::Production) => "change what runs in production",
            Self::Operate(_) => "change what runs here",
            Self::Start(Kind::Production) => "start or change runs in production",
            Self::Start(_) => "start or change runs here",
            Self::Administer => "manage people, workspaces and environments",
        }
    }

    /// The least role that would do.
    pub fn least_role(self) -> Role {
        Role::ALL.iter().copied().find(|r| r.allows(self)).unwrap_or(Role::Admin)
    }
}

/// A role and where it holds: everywhere (`workspace` is `None`) or in one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The one workspace, or `None` for the whole instance.
    pub workspace: Option<WorkspaceId>,
    /// The role.
    pub role: Role,
}

/// How an actor came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// A person in a browser.
    Session,
    /// A program with a token of that person's.
    Token(TokenId),
    /// A command on the server's own machine.
    CommandLine,
    /// Signalbox itself.
    System,
}

/// Who is doing something, as the use cases and the history see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person; `None` for Signalbox itself and for the command line.
    pub user: Option<UserId>,
    /// The name as the history quotes it.
    pub name: String,
    /// How they came in.
    pub channel: Channel,
    /// What they were granted; a token's are already cut to its role.
    pub grants: Vec<Grant>,
}

impl Actor {
    /// Signalbox itself, which may do everything its rules make it do.
    pub fn system() -> Self {
        Self { user: None, name: "Signalbox".into(), channel: Channel::System, grants: vec![Grant { workspace: None, role: Role::Admin }] }
    }

    /// Whoever runs commands on the server's machine: they own the files, so they may do everything.
    pub fn command_line() -> Self {
        Self { name: "Command line".into(), channel: Channel::CommandLine, ..Self::system() }
    }

    /// Whether the actor may do this in that workspace; `None` asks for the whole instance.
    pub fn may(&self, permission: Permission, workspace: Option<&WorkspaceId>) -> bool {
        self.grants.iter().any(|g| (g.workspace.is_none() || g.workspace.as_ref() == workspace) && g.role.allows(permission))
    }

    /// Whether the actor has any role in that workspace.
    pub fn sees(&self, workspace: &WorkspaceId) -> bool {
        self.may(Permission::Read, Some(workspace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Generate;

    #[test]
    fn operators_start_production_and_editors_do_not() {
        assert!(Role::Operator.allows(Permission::Start(Kind::Production)));
        assert!(!Role::Editor.allows(Permission::Start(Kind::Production)));
        assert!(Role::Editor.allows(Permission::Start(Kind::Staging)));
        assert!(Role::Editor.allows(Permission::Operate(Kind::Development)));
        assert!(!Role::Editor.allows(Permission::Operate(Kind::Test)));
        assert!(!Role::Operator.allows(Permission::Edit));
        assert_eq!(Permission::Operate(Kind::Production).least_role(), Role::Operator);
    }

    #[test]
    fn a_grant_holds_only_in_its_workspace() {
        let (a, b) = (WorkspaceId::generate(), WorkspaceId::generate());
        let actor = Actor { grants: vec![Grant { workspace: Some(a.clone()), role: Role::Admin }], ..Actor::system() };
        assert!(actor.may(Permission::Edit, Some(&a)));
        assert!(!actor.may(Permission::Read, Some(&b)));
        assert!(!actor.may(Permission::Administer, None));
    }
}
