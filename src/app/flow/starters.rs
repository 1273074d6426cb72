//! Definitions to begin a flow with: small, valid, and good for a run at once.

use crate::domain::names::Slug;

/// What a new flow may begin with: code and words.
pub const STARTERS: [(&str, &str); 3] = [
    ("value", "One step that sets a value"),
    ("http", "A call to a service, and a decision on its answer"),
    ("list", "Something done for each item of a list"),
];

/// The text of a starter, with the new flow's names in it; `None` for an unknown code.
pub fn text(code: &str, slug: &str, name: &str) -> Option<String> {
    let steps = match code {
        "value" => VALUE,
        "http" => HTTP,
        "list" => LIST,
        _ => return None,
    };
    let slug = if slug.trim().is_empty() {
        Slug::propose(name).map_or_else(|| "new-flow".to_owned(), |s| s.as_str().to_owned())
    } else {
        slug.trim().to_owned()
    };
    // A JSON string is a YAML string, whatever stands in it.
    let quoted = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
    let (name, title) = (quoted(&slug), quoted(name.trim()));
    Some(format!("document:\n  dsl: '1.0.3'\n  namespace: default\n  name: {name}\n  version: '0.1.0'\n  title: {title}\n{steps}"))
}

const VALUE: &str = "do:
  - greet:
      set:
        message: ${ \"Hello, \" + (.name // \"world\") }
";

const HTTP: &str = "do:
  # Flows may call public addresses; others are allowed with --allow-egress.
  - fetch:
      call: http
      with:
        method: get
        endpoint: https://example.com/
        output: response
      output:
        as: '${ { status: .statusCode } }'
  - decide:
      switch:
        - found:
            when: ${ .status < 400 }
            then: answer
        - missing:
            then: fail
  - answer:
      set:
        status: ${ .status }
      then: end
  - fail:
      raise:
        error:
          type: https://serverlessworkflow.io/spec/1.0.0/errors/communication
          status: 502
          title: The service did not answer as it should
";

const LIST: &str = "do:
  - begin:
      set:
        items: '${ .items // [1, 2, 3] }'
        total: 0
  - add:
      for:
        each: item
        in: ${ .items }
      do:
        - sum:
            set:
              items: ${ .items }
              total: ${ .total + $item }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{Definition, validate};

    #[test]
    fn every_starter_is_ready_whatever_its_name_is() {
        for (code, _) in STARTERS {
            for name in ["Order intake", "a: \"b\" # c\n- d", "注文"] {
                let text = text(code, "", name).unwrap();
                let definition = Definition::parse(&text).unwrap_or_else(|p| panic!("{code}: {p:?}\n{text}"));
                assert_eq!(validate(&definition), [], "{code}");
                assert_eq!(definition.title(), Some(name));
            }
        }
        assert_eq!(text("none", "", ""), None);
    }
}
