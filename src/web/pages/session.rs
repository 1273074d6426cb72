//! Signing in, and setting up the first account.

use askama::Template;

use crate::web::components::banner::Banner;
use crate::web::components::field::{Control, ErrorSummary, Field};
use crate::web::filters;
use crate::web::form::FieldErrors;
use crate::web::layout::Bare;

/// `GET /sign-in`; with an error 401 and the e-mail kept.
#[derive(Template)]
#[template(path = "pages/session/sign_in.html")]
pub struct SignInPage {
    /// Around the page; its token is the form cookie's.
    pub layout: Bare,
    /// Host that people see: "signalbox.example".
    pub host: String,
    /// What was typed as e-mail.
    pub email: String,
    /// Local path to go to afterwards.
    pub next: String,
    /// "E-mail or password is wrong.", "Too many attempts. Try again in 30 s."
    pub refused: Option<String>,
    /// "You are signed out."
    pub notice: Option<Banner>,
    /// Version of the program.
    pub version: &'static str,
}

/// `GET /set-up/{token}`; the first administrator.
#[derive(Template)]
#[template(path = "pages/session/set_up.html")]
pub struct SetUpPage {
    /// Around the page.
    pub layout: Bare,
    /// The token of the address.
    pub token: String,
    /// What is asked.
    pub fields: Vec<Field>,
    /// What is wrong with what was sent.
    pub summary: Option<ErrorSummary>,
}

impl SetUpPage {
    /// The empty form, or what was sent with what is wrong.
    pub fn new(layout: Bare, token: String, name: &str, email: &str, errors: &FieldErrors) -> SetUpPage {
        SetUpPage {
            layout,
            token,
            fields: vec![
                Field::line("name", "Your name").value(name).required().autocomplete("name").check_in(errors),
                Field::line("email", "E-mail")
                    .control(Control::Line("email"))
                    .value(email)
                    .required()
                    .autocomplete("username")
                    .hint("You sign in with it. Nothing is sent to it.")
                    .check_in(errors),
                new_password("password", "Password").check_in(errors),
            ],
            summary: ErrorSummary::of("The account was not made", errors),
        }
    }
}

/// A field for a password that is being chosen.
pub fn new_password(name: &str, label: &str) -> Field {
    Field::line(name, label)
        .control(Control::Line("password"))
        .required()
        .autocomplete("new-password")
        .bounds(12, 128)
        .hint("At least 12 characters. A few unusual words are better than signs in place of letters.")
}
