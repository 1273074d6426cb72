//! Which errors a `catch` catches.
use serde_json::Value;

use crate::runner::durable::DurableCtx;
use crate::runner::fault::{Kind, TaskError};
use crate::runner::interpret::data::Frame;
use crate::runner::interpret::{Run, Stop};

/// Whether an error passes the static filter `errors.with`. Standard types are compared by kind, whatever host and path
/// they are written with (DEFINITION §1, trap 1); `details` is the older spelling of `detail`.
pub(super) fn passes(filter: Option<&Value>, error: &TaskError) -> bool {
    let Some(Value::Object(wanted)) = filter else { return true };
    let seen = error.to_value();
    wanted.iter().all(|(key, want)| match key.as_str() {
        "type" => want.as_str().is_some_and(|want| same_type(want, &error.kind)),
        "status" => want.as_f64() == Some(f64::from(error.status)),
        "details" => seen.get("detail") == Some(want),
        key => seen.get(key) == Some(want),
    })
}

fn same_type(one: &str, other: &str) -> bool {
    one == other || Kind::of_type(one).is_some_and(|kind| Kind::of_type(other) == Some(kind))
}

impl<'r, C: DurableCtx> Run<'r, C> {
    /// `when` and `exceptWhen` of a catch or of a retry policy, over the input of the `try` and with the error in scope.
    pub(super) async fn accepts(&mut self, frame: &Frame<'_>, holder: &Value, on: &Value) -> Result<bool, Stop> {
        let text = |key: &str| holder.get(key).and_then(Value::as_str);
        if let Some(condition) = text("when")
            && !self.holds(frame, condition, on).await?
        {
            return Ok(false);
        }
        match text("exceptWhen") {
            Some(condition) => Ok(!self.holds(frame, condition, on).await?),
            None => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn standard_types_match_in_every_spelling() {
        let error = TaskError::standard(Kind::Communication, "no", "/do/0/a").with_status(404);
        for host in ["open-workflow-specification.org", "serverlessworkflow.io"] {
            for path in ["/spec/1.0.0/errors/", "/dsl/errors/types/"] {
                let filter = json!({"type": format!("https://{host}{path}communication"), "status": 404});
                assert!(passes(Some(&filter), &error), "{filter}");
                let filter = json!({"type": format!("https://{host}{path}timeout")});
                assert!(!passes(Some(&filter), &error), "{filter}");
            }
        }
        let filter = json!({"type": "https://example.com/errors/types/communication"});
        assert!(!passes(Some(&filter), &error));
    }

    #[test]
    fn every_field_of_the_filter_counts() {
        let error = TaskError::standard(Kind::Runtime, "went wrong", "/do/0/a");
        assert!(passes(None, &error));
        assert!(passes(Some(&json!({"instance": "/do/0/a", "details": "went wrong"})), &error));
        assert!(!passes(Some(&json!({"instance": "/do/1/a"})), &error));
        assert!(!passes(Some(&json!({"status": 503})), &error));
    }
}
