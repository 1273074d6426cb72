//! The OpenAPI document as the judge of real answers.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::support::http::Response;

/// `/api/v1/openapi.json`.
pub struct Document(pub Value);

impl Document {
    /// The described path that an address (below `/api/v1`, without its query) belongs to.
    pub fn path_of(&self, address: &str) -> Option<&str> {
        let parts: Vec<&str> = address.split('?').next()?.split('/').collect();
        let paths = self.0["paths"].as_object()?;
        let fits = |template: &&String| {
            let template: Vec<&str> = template.split('/').collect();
            template.len() == parts.len() && template.iter().zip(&parts).all(|(t, p)| t.starts_with('{') || t == p)
        };
        // What is spelled out wins over what is filled in.
        paths.keys().filter(fits).min_by_key(|template| template.matches('{').count()).map(String::as_str)
    }

    /// Panics unless the answer has a described status, and the body that is described for it, member by member.
    #[track_caller]
    pub fn judge(&self, method: &str, address: &str, answer: &Response) {
        let path = self.path_of(address).unwrap_or_else(|| panic!("{address} is not described"));
        let operation = &self.0["paths"][path][method.to_lowercase()];
        let described = &operation["responses"][answer.status.to_string()];
        assert!(described.is_object(), "{method} {path} answered {}, which is not described: {}", answer.status, answer.text());
        let Some(content) = described["content"].as_object() else {
            assert!(answer.body.is_empty(), "{method} {path}: no body is described, but there is one: {}", answer.text());
            return;
        };
        let kind = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
        let schema = content.get(&kind).unwrap_or_else(|| panic!("{method} {path} answered {kind}, described are {:?}", content.keys()));
        let schema = &schema["schema"];
        if !kind.ends_with("json") {
            return;
        }
        let body = answer.json();
        let errors: Vec<String> = self.validator(schema).iter_errors(&body).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{method} {path} {}: {errors:?}\n{body:#}", answer.status);
        if kind == "application/json" {
            let mut unknown = Vec::new();
            self.unknown(schema, &body, "", &mut unknown);
            assert!(unknown.is_empty(), "{method} {path}: members that are not described: {unknown:?}");
        }
    }

    fn validator(&self, schema: &Value) -> Validator {
        let mut whole = schema.clone();
        whole["components"] = self.0["components"].clone();
        jsonschema::options().build(&whole).expect("a usable schema")
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                self.resolve(self.0.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
            None => schema,
        }
    }

    /// All members that a schema describes, those of its parts too; empty when anything may stand there.
    fn members(&self, schema: &Value) -> Map<String, Value> {
        let schema = self.resolve(schema);
        let mut found = schema["properties"].as_object().cloned().unwrap_or_default();
        for choice in ["allOf", "oneOf", "anyOf"] {
            for part in schema[choice].as_array().into_iter().flatten() {
                found.extend(self.members(part));
            }
        }
        found
    }

    fn unknown(&self, schema: &Value, body: &Value, at: &str, out: &mut Vec<String>) {
        match body {
            Value::Object(object) => {
                let members = self.members(schema);
                for (name, value) in object.iter().filter(|_| !members.is_empty()) {
                    match members.get(name) {
                        Some(member) => self.unknown(member, value, &format!("{at}/{name}"), out),
                        None => out.push(format!("{at}/{name}")),
                    }
                }
            }
            Value::Array(items) => {
                let schema = self.resolve(schema);
                for item in items.iter().filter(|_| schema.get("items").is_some()) {
                    self.unknown(&schema["items"], item, at, out);
                }
            }
            _ => {}
        }
    }

    /// Every operation: method in capitals, and path.
    pub fn operations(&self) -> Vec<(String, String)> {
        let paths = self.0["paths"].as_object().expect("paths");
        let of = |(path, item): (&String, &Value)| -> Vec<(String, String)> {
            let methods = item.as_object().expect("a path item").keys();
            methods.map(|method| (method.to_uppercase(), path.clone())).collect()
        };
        paths.iter().flat_map(of).collect()
    }
}

impl Default for Document {
    fn default() -> Self {
        Self(serde_json::to_value(signalbox::web::api::openapi::document()).unwrap_or_else(|_| json!({})))
    }
}
