//! Calls of functions, and connections: what the console itself gives to flows by name.

use serde_json::Value;

use super::Check;
use super::shape::{Object, suggestion};
use crate::definition::components::{self, BUILT_IN, Callee};
use crate::definition::expression;
use crate::definition::pointer::join;

impl Check<'_> {
    /// A function by name, of a catalog (`name:version@catalog`), or by address.
    pub(super) fn function(&mut self, name: &str, with: Option<(&Object, &str)>, at: &str) {
        let place = join(at, "call");
        match Callee::of(name) {
            Callee::Own(name) => self.own_function(name, &place),
            Callee::BuiltIn(function) => self.built_in(function, with, at),
            Callee::Script(script, _) if !components::is_name(script) => {
                self.error(&place, format!("\"{script}\" cannot be the name of a script. Write for example call: score@default."));
            }
            Callee::Script(..) => {}
            Callee::Elsewhere if name.ends_with("@default") => {
                self.cannot_run(
                    &place,
                    "A version of a script that is no number (write score:2@default, or score@default for the one the environment uses)",
                );
            }
            Callee::Elsewhere => self.cannot_run(&place, "A function of another catalog or address"),
        }
        if let Some((arguments, place)) = with {
            for (key, value) in arguments {
                self.data(value, &join(place, key));
            }
        }
    }

    fn own_function(&mut self, name: &str, at: &str) {
        let known = self.d.value().pointer("/use/functions").and_then(|f| f.get(name)).is_some();
        if !known && BUILT_IN.contains(&name) {
            self.error(at, format!("The console's own functions are called with their catalog: write call: {name}@default."));
        } else {
            self.reference("functions", name, at);
        }
    }

    fn built_in(&mut self, function: &str, with: Option<(&Object, &str)>, at: &str) {
        let (named, required, optional): (&str, &[&str], &[&str]) = match function {
            "lookup" => ("lookup", &["lookup", "key"], &["column"]),
            "cache-put" => ("cache", &["cache", "key", "value"], &["ttl"]),
            _ => ("cache", &["cache", "key"], &[]),
        };
        let what = format!("`with` of {function}");
        let Some((map, place)) = with else {
            self.error(at, format!("{function} needs `with`: {}.", required.join(", ")));
            return;
        };
        for key in required.iter().filter(|key| !map.contains_key(**key)) {
            self.error(place, format!("{what} needs `{key}`."));
        }
        let allowed: Vec<&str> = required.iter().chain(optional).copied().collect();
        self.only(map, place, &what, &allowed);
        if let Some(name) = self.text_of(map, place, named) {
            self.component_name(name, &join(place, named), named);
        }
        if function == "cache-put" {
            self.duration_of(map, place, "ttl");
        }
    }

    /// A name that stands for itself: an expression would hide from where-used which component it is.
    fn component_name(&mut self, name: &str, at: &str, what: &str) {
        if expression::wrapped(name).is_some() {
            self.error(at, format!("Write the name of the {what} itself. An expression cannot stand here, so that one can see where the {what} is used; environments replace it by name."));
        } else if !components::is_name(name) {
            self.error(at, format!("\"{name}\" cannot be the name of a {what}: use letters, digits, - and _, beginning with a letter."));
        }
    }

    /// An endpoint of the form `connection://NAME/path`.
    pub(super) fn connection(&mut self, endpoint: &Value, at: &str) {
        let (text, at) = match endpoint.get("uri") {
            Some(uri) => (uri.as_str(), join(at, "uri")),
            None => (endpoint.as_str(), at.to_owned()),
        };
        let Some(text) = text else { return };
        if let Some((name, _)) = components::connection(text) {
            self.component_name(name, &at, "connection");
        } else if expression::wrapped(text).is_some_and(|inner| inner.contains("connection://")) {
            self.error(
                &at,
                "A connection is named in the text itself. Write connection://NAME/path/{id}; {id} is filled in from the step's input.",
            );
        } else if text.starts_with("connection:") {
            let hint = suggestion(text, ["connection://"]);
            self.error(&at, format!("Write connection://NAME/path.{hint}"));
        }
    }
}
