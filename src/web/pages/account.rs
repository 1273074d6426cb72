//! The own account: password, sessions, tokens.

use askama::Template;

use super::session::new_password;
use crate::web::components::field::{Control, ErrorSummary, Field};
use crate::web::components::status::StatusView;
use crate::web::filters;
use crate::web::form::FieldErrors;
use crate::web::layout::Layout;
use crate::web::time::TimeView;

/// `GET /account`.
#[derive(Template)]
#[template(path = "pages/account/show.html")]
pub struct AccountPage {
    /// Around the page.
    pub layout: Layout,
    /// E-mail of the account.
    pub email: String,
    /// What the role may do, in a sentence.
    pub role_says: &'static str,
    /// The form of the name.
    pub name: Vec<Field>,
    /// The form of the password.
    pub password: Vec<Field>,
    /// What is wrong with the password's form or the token's.
    pub summary: Option<ErrorSummary>,
    /// Where the person is signed in, this session first.
    pub sessions: Vec<SessionItem>,
    /// The person's tokens.
    pub tokens: Vec<TokenItem>,
    /// The form for a new token; left out when the role may have none.
    pub new_token: Vec<Field>,
    /// A token that was just made: its name and secret, shown in this answer only.
    pub secret: Option<(String, String)>,
}

/// A place where a person is signed in.
#[derive(Debug, Clone)]
pub struct SessionItem {
    /// What its end button names: the row's hash.
    pub id: String,
    /// "Firefox on Linux".
    pub agent: String,
    /// Network address.
    pub address: String,
    /// Sign-in.
    pub since: TimeView,
    /// Last request.
    pub seen: TimeView,
    /// This very session.
    pub here: bool,
}

/// A token of a program.
#[derive(Debug, Clone)]
pub struct TokenItem {
    /// `tok_…`
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// First and last letters: `sbx_…4f7Q`.
    pub hint: String,
    /// Its role.
    pub role: String,
    /// Last use.
    pub used: Option<TimeView>,
    /// Its end.
    pub expires: Option<TimeView>,
    /// Active, expired or revoked.
    pub status: StatusView,
    /// It can still be revoked.
    pub live: bool,
}

/// The fields of a password change.
pub fn password_fields(errors: &FieldErrors) -> Vec<Field> {
    vec![
        Field::line("current", "Current password")
            .control(Control::Line("password"))
            .required()
            .autocomplete("current-password")
            .check_in(errors),
        new_password("password", "New password").check_in(errors),
        Field::check("end_others", "End my other sessions", true),
    ]
}

/// The fields of a new token. `roles` are value and words, at most the person's own.
pub fn token_fields(name: &str, roles: Vec<(String, String)>, errors: &FieldErrors) -> Vec<Field> {
    let days = [("30", "30 days"), ("90", "90 days"), ("365", "1 year")].map(|(v, w)| (v.to_owned(), w.to_owned())).to_vec();
    vec![
        Field::line("token-name", "Name, such as “build server”").value(name).required().check_in(errors),
        Field::choice("token-role", "May act as", roles).check_in(errors),
        Field::choice("token-days", "Ends after", days).value("90").check_in(errors),
    ]
}
