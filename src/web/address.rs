//! The query of an address: known words are read strictly, others are left alone.

use actix_web::error::QueryPayloadError;
use actix_web::web::{PathConfig, QueryConfig};
use serde::de::DeserializeOwned;

use super::error::PageError;
use super::visitor::Visitor;
use crate::store::page::Direction;

/// Reads the query of a page's address.
///
/// # Errors
/// A word that is known has a value that makes no sense: an error page that says so.
pub fn query<T: DeserializeOwned>(visitor: &Visitor) -> Result<T, PageError> {
    serde_html_form::from_str(visitor.query()).map_err(|e| PageError::Address(e.to_string()))
}

/// What handlers that take a query apart by its type say when it does not fit.
pub fn queries() -> QueryConfig {
    QueryConfig::default().error_handler(|error, _| {
        let why = match error {
            QueryPayloadError::Deserialize(why) => why.to_string(),
            other => other.to_string(),
        };
        PageError::Address(why).into()
    })
}

/// What they say when the path itself does not fit.
pub fn paths() -> PathConfig {
    PathConfig::default()
        .error_handler(|_, _| PageError::NotFound("No page has this address. Look for it from the dashboard.".into()).into())
}

/// Where a list begins: before one entry, after one, or at its newest.
///
/// # Errors
/// Both ends are given.
pub fn direction<K>(before: Option<K>, after: Option<K>) -> Result<Direction<K>, PageError> {
    match (before, after) {
        (None, None) => Ok(Direction::Newest),
        (Some(before), None) => Ok(Direction::Before(before)),
        (None, Some(after)) => Ok(Direction::After(after)),
        (Some(_), Some(_)) => Err(PageError::Address("a list goes on either before or after an entry, not both".into())),
    }
}

/// An address with a query; pairs with an empty value are left out.
pub fn with(path: &str, pairs: &[(&str, &str)]) -> String {
    let given: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    match serde_html_form::to_string(&given) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_begins_at_one_place() {
        assert_eq!(direction(Some(3), None).unwrap(), Direction::Before(3));
        assert!(direction(Some(3), Some(1)).is_err());
    }

    #[test]
    fn queries_are_encoded() {
        assert_eq!(with("/w/main", &[("find", "a b&c"), ("drift", "")]), "/w/main?find=a+b%26c");
        assert_eq!(with("/w/main", &[]), "/w/main");
    }
}
