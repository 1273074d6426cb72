//! `/people`: accounts and their roles.

use askama::Template;

use super::session::new_password;
use crate::web::components::change::CheckView;
use crate::web::components::dialog::Dialog;
use crate::web::components::field::{Control, ErrorSummary, Field};
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::form::FieldErrors;
use crate::web::layout::{Csrf, Layout};
use crate::web::time::TimeView;

/// The list of accounts.
#[derive(Template)]
#[template(path = "pages/people/list.html")]
pub struct PeoplePage {
    /// Around the page.
    pub layout: Layout,
    /// Accounts by name.
    pub people: Vec<PersonRow>,
    /// Roles: value and words.
    pub roles: Vec<(String, String)>,
}

/// An account.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// `usr_…`
    pub id: String,
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Value of the role.
    pub role: String,
    /// Words of the role.
    pub role_words: String,
    /// Last request.
    pub seen: Option<TimeView>,
    /// Active or disabled.
    pub status: StatusView,
    /// The person who looks.
    pub you: bool,
    /// The account is not disabled.
    pub active: bool,
}

/// The dialog that adds a person.
pub fn add(name: &str, email: &str, role: &str, roles: Vec<(String, String)>, csrf: &Csrf, errors: &FieldErrors) -> Dialog {
    let mut d = Dialog::new("add-person", csrf, "Add a person", "/people", ("/people".to_owned(), "Cancel"), "Add the person");
    d.summary = ErrorSummary::of("Nobody was added", errors);
    d.fields = vec![
        Field::line("name", "Name").value(name).required().autofocus().check_in(errors),
        Field::line("email", "E-mail").control(Control::Line("email")).value(email).required().check_in(errors),
        Field::choice("role", "Role", roles).value(role).hint("Viewers read. Editors write drafts. Operators deploy, run, pause and roll back. Administrators do all that and manage people.").check_in(errors),
        new_password("password", "First password").hint("Tell it to the person; it can be changed under the account.").check_in(errors),
    ];
    d
}

/// The dialog that disables an account.
pub fn disable(id: &str, name: &str, sessions: u64, tokens: u64, csrf: &Csrf) -> Dialog {
    let mut d = Dialog::new(
        "disable",
        csrf,
        format!("Disable {name}?"),
        format!("/people/{id}/disable"),
        ("/people".to_owned(), "Keep the account"),
        format!("Disable {name}"),
    );
    d.checks = vec![
        CheckView::bad(format!("{sessions} open sessions end at once, and {tokens} tokens stop working.")),
        CheckView::ok("What the person did stays in History, under the same name."),
        CheckView::ok("The account can be enabled again."),
    ];
    d.danger = true;
    d
}

/// The dialog that gives somebody a new password.
pub fn password(id: &str, name: &str, csrf: &Csrf, errors: &FieldErrors) -> Dialog {
    let mut d = Dialog::new(
        "new-password",
        csrf,
        format!("New password for {name}"),
        format!("/people/{id}/password"),
        ("/people".to_owned(), "Keep the old one"),
        "Set the password",
    );
    d.summary = ErrorSummary::of("The password was not changed", errors);
    d.checks = vec![CheckView::warn("Every session of this person ends at once. Their tokens go on.")];
    d.fields = vec![
        new_password("password", "New password").hint("Tell it to the person, who should change it under their account.").check_in(errors),
    ];
    d
}
