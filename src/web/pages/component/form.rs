//! The form of each kind: fields out of a content, and the content out of what was typed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::app;
use crate::domain::component::{Authentication, Connection, Content, Kind, read_csv, write_csv};
use crate::store::components::Component;
use crate::web::components::field::{Control, Field};
use crate::web::components::rich::Rich;
use crate::web::form::FieldErrors;

/// What was typed; each kind has some of the fields.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Form {
    /// Checked before.
    #[serde(rename = "csrf")]
    pub _csrf: String,
    /// Kind, of a new one.
    pub kind: String,
    /// Lock version that the change is based on.
    pub expect: String,
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Why it changes.
    pub note: String,
    base: String,
    authentication: String,
    username: String,
    header: String,
    secret: String,
    headers: String,
    timeout_seconds: String,
    origins: String,
    language: String,
    source: String,
    expiry: String,
    unit: String,
    table: String,
    /// Of a variable, as JSON; of a secret, never sent back.
    pub value: String,
    /// Of a secret: the value is JSON.
    pub json: String,
}

const UNITS: [(&str, &str, i64); 4] =
    [("seconds", "seconds", 1), ("minutes", "minutes", 60), ("hours", "hours", 3_600), ("days", "days", 86_400)];

impl Form {
    /// An empty one, with what most people want.
    pub fn new(kind: Kind) -> Form {
        Form {
            kind: kind.as_str().to_owned(),
            authentication: "none".into(),
            language: "jq".into(),
            expiry: if kind == Kind::Cache { "10".into() } else { String::new() },
            unit: "minutes".into(),
            ..Form::default()
        }
    }

    /// With a name to begin with.
    #[must_use]
    pub fn named(self, name: &str) -> Form {
        Form { name: name.to_owned(), ..self }
    }

    /// Without what was typed as a secret's value.
    #[must_use]
    pub fn without_value(self) -> Form {
        Form { value: String::new(), ..self }
    }

    /// Filled with what is there.
    pub fn of(component: &Component, content: &Content) -> Form {
        let form = Form {
            name: component.name.clone(),
            description: component.description.clone(),
            expect: component.lock_version.to_string(),
            ..Form::new(component.kind().unwrap_or(Kind::Variable))
        };
        match content {
            Content::Connection(connection) => form.with_connection(connection),
            Content::Script(script) => Form { language: script.language.word().into(), source: script.source.clone(), ..form },
            Content::Cache(cache) => {
                let whole = |seconds: i64| cache.expiry_seconds % seconds == 0;
                let (unit, _, seconds) = UNITS.iter().rev().find(|(_, _, seconds)| whole(*seconds)).unwrap_or(&UNITS[0]);
                Form { expiry: (cache.expiry_seconds / seconds).to_string(), unit: (*unit).into(), ..form }
            }
            Content::Lookup(lookup) => Form { table: write_csv(lookup), ..form },
            Content::Variable(variable) => Form { value: serde_json::to_string_pretty(&variable.value).unwrap_or_default(), ..form },
            Content::Secret => form,
        }
    }

    fn with_connection(self, connection: &Connection) -> Form {
        let lines = |pairs: &BTreeMap<String, String>, between: &str| {
            pairs.iter().map(|(a, b)| format!("{a}{between}{b}")).collect::<Vec<_>>().join("\n")
        };
        let (username, header) = match &connection.authentication {
            Authentication::Basic { username, .. } => (username.clone(), String::new()),
            Authentication::Header { header, .. } => (String::new(), header.clone()),
            _ => Default::default(),
        };
        Form {
            base: connection.base.clone(),
            authentication: connection.authentication.word().into(),
            username,
            header,
            secret: connection.authentication.secret().unwrap_or_default().to_owned(),
            headers: lines(&connection.headers, ": "),
            timeout_seconds: connection.timeout_seconds.map(|s| s.to_string()).unwrap_or_default(),
            origins: lines(&connection.origins, " = "),
            ..self
        }
    }

    /// What the component would hold.
    ///
    /// # Errors
    /// What cannot be read, by field.
    pub fn content(&self, kind: Kind) -> app::Result<Value> {
        Ok(match kind {
            Kind::Connection => self.connection()?,
            Kind::Script => json!({"language": self.language, "source": self.source.replace("\r\n", "\n")}),
            Kind::Cache => {
                let seconds = UNITS.iter().find(|(unit, ..)| *unit == self.unit).map_or(1, |(_, _, seconds)| *seconds);
                let number = whole("expiry", &self.expiry)?.unwrap_or(0);
                json!({"expiry_seconds": number.saturating_mul(seconds)})
            }
            Kind::Lookup => Content::Lookup(read_csv(&self.table).map_err(|says| app::Error::invalid("table", says))?).to_value(),
            Kind::Variable => json!({"value": json_of(&self.value)?}),
            Kind::Secret => json!({}),
        })
    }

    /// The value of a secret.
    ///
    /// # Errors
    /// It was said to be JSON and is not.
    pub fn secret_value(&self) -> app::Result<Value> {
        let text = self.value.replace("\r\n", "\n");
        if self.json == "on" { json_of(&text) } else { Ok(Value::String(text)) }
    }

    fn connection(&self) -> app::Result<Value> {
        let authentication = match self.authentication.as_str() {
            "basic" => json!({"kind": "basic", "username": self.username.trim(), "secret": self.secret}),
            "bearer" => json!({"kind": "bearer", "secret": self.secret}),
            "header" => json!({"kind": "header", "header": self.header.trim(), "secret": self.secret}),
            _ => json!({"kind": "none"}),
        };
        let mut content = json!({
            "base": self.base.trim(),
            "authentication": authentication,
            "headers": pairs(&self.headers, ':', "headers", "Write one header a line, as Name: value.")?,
            "origins": pairs(&self.origins, '=', "origins", "Write one pair a line, as https://api.example = https://api.test.")?,
        });
        if let Some(seconds) = whole("timeout_seconds", &self.timeout_seconds)? {
            content["timeout_seconds"] = u32::try_from(seconds).unwrap_or(u32::MAX).into();
        }
        Ok(content)
    }

    /// The fields. `secrets` are the names there are.
    pub fn fields(self, kind: Kind, secrets: &[String], errors: &FieldErrors, new: bool) -> Vec<Field> {
        let named = Field::line("name", "Name").control(Control::Code).value(self.name.clone()).required();
        let hint = match (kind, new) {
            (_, false) => "Flows have it in their text, so it changes only while nothing uses it.",
            (Kind::Variable | Kind::Secret, true) => "Letters, digits, _ and -, beginning with a letter. Expressions read it by this name.",
            (_, true) => "Letters, digits, - and _, beginning with a letter. Flows have it in their text.",
        };
        let named = if new { named.autofocus() } else { named };
        let mut fields = vec![
            named.hint(hint).check_in(errors),
            Field::line("description", "What it is for").value(self.description.clone()).check_in(errors),
        ];
        let note = self.note.clone();
        fields.extend(self.own_fields(kind, secrets, errors, new));
        if !new && kind != Kind::Secret {
            fields.push(Field::line("note", "What changes, and why").value(note).hint("Stands beside the new revision.").check_in(errors));
        }
        fields
    }

    fn own_fields(self, kind: Kind, secrets: &[String], errors: &FieldErrors, new: bool) -> Vec<Field> {
        match kind {
            Kind::Connection => self.connection_fields(secrets, errors),
            Kind::Script => {
                let languages = [("jq", "jq: an expression from the arguments to the result"), ("task", "Task: a task of the specification, in YAML or JSON")];
                vec![
                    Field::choice("language", "Written in", owned(&languages)).value(self.language).check_in(errors),
                    Field::line("source", "What it does")
                        .control(Control::CodeText)
                        .lines(14)
                        .value(self.source)
                        .required()
                        .hint("The arguments of the call are the input, and $environment can be read. An expression such as .total * 1.21, or a task such as set:, do: or call:.")
                        .check_in(errors),
                ]
            }
            Kind::Cache => {
                let units: Vec<(&str, &str)> = UNITS.iter().map(|(unit, words, _)| (*unit, *words)).collect();
                vec![
                    Field::line("expiry", "A value stays for")
                        .control(Control::Line("number"))
                        .value(self.expiry)
                        .bounds(1, 2_592_000)
                        .required()
                        .hint("Unless the step that stores it gives a ttl of its own; 30 days at the most.")
                        .check_in(errors),
                    Field::choice("unit", "Counted in", owned(&units)).value(self.unit).check_in(errors),
                ]
            }
            Kind::Lookup => vec![
                Field::line("table", "Table as CSV")
                    .control(Control::CodeText)
                    .lines(16)
                    .value(self.table)
                    .required()
                    .hint("The first line names the columns, and the first column is the key. Comma or semicolon between cells; up to 10,000 rows and 1 MiB. Paste it from a spreadsheet.")
                    .check_in(errors),
            ],
            Kind::Variable => vec![
                Field::line("value", "Value as JSON")
                    .control(Control::CodeText)
                    .lines(8)
                    .value(self.value)
                    .required()
                    .hint(Rich::new().text("A text stands in quotes: ").code("\"eu-west\"").text(". Also ").code("21").text(", ").code("true").text(", or an object."))
                    .check_in(errors),
            ],
            Kind::Secret if new => secret_fields(&self, errors),
            Kind::Secret => Vec::new(),
        }
    }

    fn connection_fields(self, secrets: &[String], errors: &FieldErrors) -> Vec<Field> {
        let ways = [
            ("none", "None"),
            ("basic", "Basic: user name and password"),
            ("bearer", "Bearer token"),
            ("header", "A header of its own, such as X-Api-Key"),
        ];
        let mut names: Vec<(String, String)> = vec![(String::new(), "No secret".into())];
        names.extend(secrets.iter().map(|name| (name.clone(), name.clone())));
        if !self.secret.is_empty() && !secrets.contains(&self.secret) {
            names.push((self.secret.clone(), format!("{} (does not exist)", self.secret)));
        }
        vec![
            Field::line("base", "Base address")
                .control(Control::Code)
                .value(self.base)
                .required()
                .hint("Paths of steps are added to it: https://api.example/v2")
                .check_in(errors),
            Field::choice("authentication", "Authentication", owned(&ways)).value(self.authentication).check_in(errors),
            Field::line("username", "User name").value(self.username).hint("For Basic.").check_in(errors),
            Field::line("header", "Header")
                .control(Control::Code)
                .value(self.header)
                .hint("For a header of its own: its name.")
                .check_in(errors),
            Field::choice("secret", "Secret", names)
                .value(self.secret)
                .hint("Holds the password, the token or the header’s value. It never stands in the connection itself.")
                .check_in(errors),
            Field::line("headers", "Headers")
                .control(Control::CodeText)
                .lines(3)
                .value(self.headers)
                .hint("One a line, as Name: value. A step’s own header of the same name wins.")
                .check_in(errors),
            Field::line("timeout_seconds", "Time limit in seconds")
                .control(Control::Line("number"))
                .value(self.timeout_seconds)
                .bounds(1, 300)
                .hint("Left empty, the server’s own limit counts.")
                .check_in(errors),
            Field::line("origins", "Other origins")
                .control(Control::CodeText)
                .lines(2)
                .value(self.origins)
                .hint("One a line, as https://api.example = https://api.test: calls to the one go to the other.")
                .check_in(errors),
        ]
    }
}

/// What is asked for a secret's value. It is never filled in.
pub fn secret_fields(form: &Form, errors: &FieldErrors) -> Vec<Field> {
    vec![
        Field::text("value", "Value")
            .lines(3)
            .hint("Encrypted when it is stored. Nobody can read it back, so keep it elsewhere too.")
            .check_in(errors),
        Field::check("json", "The value is JSON", form.json == "on")
            .hint("Such as an object with username and password, for authentication that names the secret.")
            .check_in(errors),
    ]
}

fn owned(choices: &[(&str, &str)]) -> Vec<(String, String)> {
    choices.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
}

fn whole(field: &str, text: &str) -> app::Result<Option<i64>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| app::Error::invalid(field, "Give a whole number."))
}

fn json_of(text: &str) -> app::Result<Value> {
    serde_json::from_str(text.trim())
        .map_err(|error| app::Error::invalid("value", format!("This is not JSON ({error}). A text stands in quotes: \"eu-west\".")))
}

fn pairs(text: &str, between: char, field: &str, says: &str) -> app::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        // An origin has colons and, in a path nobody should give, perhaps equal signs: the first one with spaces counts.
        let (name, value) = line.split_once(between).ok_or_else(|| app::Error::invalid(field, says))?;
        if found.insert(name.trim().to_owned(), value.trim().to_owned()).is_some() {
            return Err(app::Error::invalid(field, format!("“{}” stands there twice. Keep one.", name.trim())));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_shows_it_reads_back() {
        let contents = [
            (Kind::Cache, json!({"expiry_seconds": 7_200})),
            (Kind::Cache, json!({"expiry_seconds": 61})),
            (Kind::Variable, json!({"value": {"a": [1, null, "x"]}})),
            (Kind::Lookup, json!({"columns": ["k", "v"], "rows": [["a", "1,2"]]})),
            (Kind::Script, json!({"language": "task", "source": "set: { a: 1 }\n"})),
            (
                Kind::Connection,
                json!({"base": "https://a.example", "authentication": {"kind": "basic", "username": "u", "secret": "pin"},
                    "headers": {"Accept": "text/plain", "X-A": "b: c"}, "timeout_seconds": 5, "origins": {"https://a.example": "http://127.0.0.1:81"}}),
            ),
            (
                Kind::Connection,
                json!({"base": "https://a.example", "authentication": {"kind": "header", "header": "X-Key", "secret": "pin"}}),
            ),
        ];
        for (kind, value) in contents {
            let content = Content::parse(kind, &value).expect("usable");
            let component = Component {
                id: "cmp_a".into(),
                workspace_id: "ws_a".into(),
                kind: kind.as_str().into(),
                name: "a".into(),
                description: String::new(),
                revision: 1,
                created_at: 0,
                created_by: String::new(),
                updated_at: 0,
                updated_by: String::new(),
                deleted_at: None,
                deleted_by: None,
                lock_version: 1,
            };
            let form = Form::of(&component, &content);
            let again = Content::parse(kind, &form.content(kind).expect("readable")).expect("usable");
            assert_eq!(again, content, "{value}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_at_its_field() {
        let field = |kind: Kind, form: Form| match form.content(kind) {
            Err(app::Error::Invalid(fields)) => fields[0].field.clone(),
            other => format!("{other:?}"),
        };
        assert_eq!(field(Kind::Variable, Form { value: "eu-west".into(), ..Form::default() }), "value");
        assert_eq!(field(Kind::Lookup, Form { table: "\"a".into(), ..Form::default() }), "table");
        assert_eq!(field(Kind::Cache, Form { expiry: "ten".into(), ..Form::default() }), "expiry");
        assert_eq!(field(Kind::Connection, Form { headers: "Accept".into(), ..Form::default() }), "headers");
        assert_eq!(field(Kind::Connection, Form { origins: "a = b\na = c".into(), ..Form::default() }), "origins");
    }
}
