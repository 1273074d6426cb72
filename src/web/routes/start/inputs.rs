//! The input of a run as fields, made from the flow's JSON Schema, and read back. Pure.
//!
//! Texts, numbers, yes-or-no and choices of an object's own properties get a field each; everything else is written
//! as JSON. What the schema demands beyond that is judged by the start itself.

use serde_json::{Map, Value};

use crate::web::components::field::{Control, Field};
use crate::web::components::rich::Rich;
use crate::web::form::FieldErrors;

/// What the names of the fields begin with, before the property's pointer.
pub const PREFIX: &str = "in:";
/// Properties beyond this many are written as JSON only.
const MOST: usize = 40;

/// How a property is filled in.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Text,
    Date,
    Number { whole: bool },
    YesNo,
    Choice(Vec<Value>),
    Json,
}

struct Property<'a> {
    name: &'a str,
    schema: &'a Value,
    kind: Kind,
    required: bool,
}

fn properties(schema: &Value) -> Vec<Property<'_>> {
    let Some(all) = schema.get("properties").and_then(Value::as_object).filter(|all| all.len() <= MOST) else { return Vec::new() };
    let required: Vec<&str> = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    all.iter().map(|(name, schema)| Property { name, schema, kind: kind(schema), required: required.contains(&name.as_str()) }).collect()
}

fn kind(schema: &Value) -> Kind {
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return Kind::Choice(choices.clone());
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") if schema.get("format").is_some_and(|f| f == "date") => Kind::Date,
        Some("string") => Kind::Text,
        Some("integer") => Kind::Number { whole: true },
        Some("number") => Kind::Number { whole: false },
        Some("boolean") => Kind::YesNo,
        _ => Kind::Json,
    }
}

fn field_name(property: &Property<'_>) -> String {
    format!("{PREFIX}/{}", crate::definition::pointer::escape(property.name))
}

fn id(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

/// The fields of a schema, with what was sent or the schema's own defaults.
pub fn fields(schema: &Value, sent: &[(String, String)], errors: &FieldErrors) -> Vec<Field> {
    let text = |p: &Property<'_>, key: &str| p.schema.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let one = |p: &Property<'_>| {
        let name = field_name(p);
        let title = text(p, "title");
        let label = if title.is_empty() { p.name.to_owned() } else { title };
        let before = p.schema.get("default").map(written).unwrap_or_default();
        let value =
            sent.iter().find(|(n, _)| *n == name).map_or_else(|| if sent.is_empty() { before } else { String::new() }, |(_, v)| v.clone());
        // Not marked as required for the browser: the whole input may be given as JSON instead.
        let needed = if p.required && !matches!(p.kind, Kind::YesNo) { " · needed" } else { "" };
        let field = Field::line(&name, Rich::new().text(&label).dim(needed)).id(id(&name)).hint(text(p, "description")).value(value);
        let field = match &p.kind {
            Kind::Text => field,
            Kind::Date => field.control(Control::Line("date")),
            // Not a number input: those refuse what they do not understand without saying it.
            Kind::Number { .. } => field.control(Control::Code),
            Kind::YesNo => yes_no(field),
            Kind::Choice(all) => choice(field, all),
            Kind::Json => field.control(Control::CodeText).lines(3),
        };
        field.check_in(errors)
    };
    properties(schema).iter().map(one).collect()
}

fn yes_no(field: Field) -> Field {
    let words = [("", "Not given"), ("true", "Yes"), ("false", "No")].map(|(v, w)| (v.to_owned(), w.to_owned()));
    field.control(Control::Choice(words.to_vec()))
}

fn choice(field: Field, all: &[Value]) -> Field {
    let mut choices = vec![(String::new(), "Choose".to_owned())];
    choices.extend(all.iter().map(|v| (v.to_string(), written(v))));
    // A default is written plain; the choice's value is its JSON.
    let value = choices.iter().find(|(v, w)| *v == field.value || *w == field.value).map(|(v, _)| v.clone()).unwrap_or_default();
    field.control(Control::Choice(choices)).value(value)
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What stands in the JSON field at first.
pub fn example(schema: Option<&Value>) -> String {
    let example = schema.and_then(|s| s.get("examples")?.get(0).or_else(|| s.get("default")));
    serde_json::to_string_pretty(example.unwrap_or(&Value::Object(Map::new()))).unwrap_or_else(|_| "{}".to_owned())
}

/// The input that was sent: the JSON when there is any, else the fields.
///
/// # Errors
/// What cannot be read, by field.
pub fn read(schema: Option<&Value>, sent: &[(String, String)], raw: &str) -> Result<Value, FieldErrors> {
    if !raw.trim().is_empty() {
        return serde_json::from_str(raw)
            .map_err(|e| FieldErrors::one("input", format!("This is not JSON: {e}. Texts stand in double quotes.")));
    }
    let mut errors = FieldErrors::new();
    let mut input = Map::new();
    let known = schema.map(properties).unwrap_or_default();
    for property in &known {
        let name = field_name(property);
        let Some((_, text)) = sent.iter().find(|(n, _)| *n == name) else { continue };
        if text.trim().is_empty() {
            if property.required {
                errors.add(&name, "Fill this in: the flow needs it.");
            }
            continue;
        }
        match value(&property.kind, text) {
            Ok(value) => {
                input.insert(property.name.to_owned(), value);
            }
            Err(why) => errors.add(&name, why),
        }
    }
    let strange = sent.iter().any(|(n, v)| !v.trim().is_empty() && !known.iter().any(|p| field_name(p) == *n));
    if strange {
        errors.add("version", "The version that would be used now asks for other inputs. They are shown below: fill them in.");
    }
    if errors.is_empty() { Ok(Value::Object(input)) } else { Err(errors) }
}

fn value(kind: &Kind, text: &str) -> Result<Value, &'static str> {
    let json = || serde_json::from_str::<Value>(text.trim());
    match kind {
        Kind::Text | Kind::Date => Ok(Value::String(text.to_owned())),
        Kind::Number { whole } => match json() {
            Ok(n) if n.is_i64() || n.is_u64() || (n.is_number() && !whole) => Ok(n),
            _ if *whole => Err("Write a whole number, such as 12."),
            _ => Err("Write a number with a point, such as 12.5."),
        },
        Kind::YesNo | Kind::Choice(_) => json().map_err(|_| "Choose one of the list."),
        Kind::Json => json().map_err(|_| "Write JSON: texts stand in double quotes."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Value {
        json!({
            "type": "object",
            "required": ["order", "items"],
            "properties": {
                "order": {"type": "string", "title": "Order", "description": "Its number."},
                "items": {"type": "integer", "default": 1},
                "weight": {"type": "number"},
                "gift": {"type": "boolean"},
                "speed": {"enum": ["slow", "fast"], "default": "fast"},
                "lines": {"type": "array"}
            }
        })
    }

    fn sent(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_schema_becomes_fields_and_they_become_the_input() {
        let fields = fields(&schema(), &[], &FieldErrors::new());
        assert_eq!(
            fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
            ["in:/order", "in:/items", "in:/weight", "in:/gift", "in:/speed", "in:/lines"]
        );
        assert_eq!((fields[1].value.as_str(), fields[4].value.as_str()), ("1", "\"fast\""));
        let typed = sent(&[
            ("in:/order", "A1"),
            ("in:/items", "3"),
            ("in:/weight", "2.5"),
            ("in:/gift", "true"),
            ("in:/speed", "\"slow\""),
            ("in:/lines", "[1]"),
        ]);
        assert_eq!(
            read(Some(&schema()), &typed, "").unwrap(),
            json!({"order": "A1", "items": 3, "weight": 2.5, "gift": true, "speed": "slow", "lines": [1]})
        );
    }

    #[test]
    fn what_is_left_empty_is_left_out_and_what_is_wrong_is_named() {
        let typed = sent(&[("in:/order", "A1"), ("in:/items", "3"), ("in:/weight", ""), ("in:/gift", ""), ("in:/lines", "")]);
        assert_eq!(read(Some(&schema()), &typed, " ").unwrap(), json!({"order": "A1", "items": 3}));
        let errors = read(Some(&schema()), &sent(&[("in:/items", "2.5"), ("in:/lines", "[")]), "").unwrap_err();
        assert!(errors.of("in:/items").unwrap().contains("whole number") && errors.of("in:/lines").is_some());
    }

    #[test]
    fn json_wins_and_fields_of_another_version_are_not_lost_silently() {
        assert_eq!(read(Some(&schema()), &sent(&[("in:/items", "x")]), "[1]").unwrap(), json!([1]));
        assert!(read(None, &[], "{a}").unwrap_err().of("input").is_some());
        assert!(read(None, &sent(&[("in:/old", "1")]), "").unwrap_err().of("version").is_some());
        assert_eq!(read(None, &[], "").unwrap(), json!({}));
    }
}
