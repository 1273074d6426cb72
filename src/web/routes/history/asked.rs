//! What a history is cut down to, as it stands in the address.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::clock::Micros;
use crate::store::events::{By, Filter};
use crate::store::page::Direction;
use crate::web::components::field::{Control, Field};
use crate::web::form::FieldErrors;

/// What stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub flow: String,
    pub who: String,
    pub what: String,
    pub from: String,
    pub to: String,
    pub text: String,
    /// One thing, by its id: how the pages of versions and runs lead here.
    pub object: String,
    pub before: Option<i64>,
    pub after: Option<i64>,
}

/// What events can be about.
const WHAT: [(&str, &str); 12] = [
    ("", "Everything"),
    ("flow.", "Flows"),
    ("version.", "Versions"),
    ("deployment.", "Deployments"),
    ("proposal.", "Approvals"),
    ("environment.", "Environments"),
    ("configuration.", "Configurations"),
    ("component.", "Components"),
    ("planned.", "Planned changes"),
    ("package.", "Packages"),
    ("run.", "Runs"),
    ("plan.", "Plans"),
];
/// What events of the instance can be about.
const OF_INSTANCE: [(&str, &str); 7] = [
    ("", "Everything"),
    ("backup.", "Backups"),
    ("instance.", "The instance"),
    ("user.", "People"),
    ("token.", "Tokens"),
    ("session.", "Sign-ins"),
    ("audit.", "The history itself"),
];
/// Who acts besides people.
const OTHERS: [(&str, &str, By); 3] =
    [("tokens", "Tokens", By::Tokens), ("system", "Signalbox itself", By::System), ("command-line", "The command line", By::CommandLine)];

/// What may be chosen from.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Flows by slug and name; none where the history is one flow's.
    pub flows: Option<Vec<(String, String)>>,
    /// People by id and name; none where the history is one person's.
    pub people: Option<Vec<(String, String)>>,
    /// The history is the instance's.
    pub instance: bool,
}

impl Asked {
    /// The filters as a query, without the place in the list.
    pub fn query(&self) -> String {
        let all = [
            ("flow", &self.flow),
            ("who", &self.who),
            ("what", &self.what),
            ("from", &self.from),
            ("to", &self.to),
            ("text", &self.text),
            ("object", &self.object),
        ];
        serde_html_form::to_string(all.into_iter().filter(|(_, v)| !v.is_empty()).collect::<Vec<_>>()).unwrap_or_default()
    }

    pub fn direction(&self) -> Direction<i64> {
        match (self.before, self.after) {
            (_, Some(seq)) => Direction::After(seq),
            (Some(seq), None) => Direction::Before(seq),
            (None, None) => Direction::Newest,
        }
    }

    /// The filter, and what is wrong with the days that were typed.
    pub fn filter(&self) -> (Filter, FieldErrors) {
        let mut errors = FieldErrors::new();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let mut day = |field: &str, text: &str, later: i64| match text.parse::<NaiveDate>() {
            _ if text.is_empty() => None,
            Ok(day) => Some(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros() + later),
            Err(_) => {
                errors.add(field, "Write the day as year, month, day: 2026-11-19.");
                None
            }
        };
        let (from, to) = (day("from", &self.from, 0), day("to", &self.to, Micros::DAY));
        let by = OTHERS.iter().find(|(word, ..)| *word == self.who).map(|(.., by)| *by);
        let actor = if by.is_some() { None } else { some(&self.who) };
        (
            Filter {
                actor,
                by,
                action: some(&self.what),
                from,
                to,
                text: some(self.text.trim()),
                object: some(&self.object),
                ..Filter::default()
            },
            errors,
        )
    }

    pub fn fields(&self, choices: Choices, errors: &FieldErrors) -> Vec<Field> {
        let pick = |name: &str, label: &str, mut all: Vec<(String, String)>, value: &str| {
            if !all.iter().any(|(v, _)| v == value) {
                all.push((value.to_owned(), value.to_owned()));
            }
            Field::choice(name, label, all).value(value)
        };
        let date =
            |name: &str, label: &str, value: &str| Field::line(name, label).control(Control::Line("date")).value(value).check_in(errors);
        let mut fields = Vec::new();
        if let Some(flows) = choices.flows {
            let mut all = vec![(String::new(), "All flows".to_owned())];
            all.extend(flows);
            fields.push(pick("flow", "Flow", all, &self.flow));
        }
        if let Some(people) = choices.people {
            let mut all = vec![(String::new(), "Anyone".to_owned())];
            all.extend(people);
            all.extend(OTHERS.map(|(word, name, _)| (word.to_owned(), name.to_owned())));
            fields.push(pick("who", "Who", all, &self.who));
        }
        let what: &[(&str, &str)] = if choices.instance { &OF_INSTANCE } else { &WHAT };
        fields.push(pick("what", "What", what.iter().map(|(v, w)| ((*v).to_owned(), (*w).to_owned())).collect(), &self.what));
        fields.push(date("from", "From", &self.from));
        fields.push(date("to", "To", &self.to));
        fields.push(Field::line("text", "Text").value(self.text.as_str()));
        if !self.object.is_empty() {
            fields.push(Field::line("object", "About").value(self.object.as_str()));
        }
        fields
    }
}
