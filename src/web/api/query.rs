//! Queries of addresses, and lists: `{"items": […], "next": …}`, paged by key (CONTRACT).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::problem::{ApiError, Result};
use crate::domain::clock::Micros;
use crate::store::page::{DEFAULT_LIMIT, Direction, MAX_LIMIT, Page};

/// What stands behind the `?`. Names that an address does not know are refused.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = serde_html_form::from_str(request.query_string());
        ready(read.map(Query).map_err(|error| {
            let text = error.to_string();
            let named = text.split_once("unknown field `").and_then(|(_, rest)| rest.split('`').next());
            ApiError::invalid(named.unwrap_or("query"), format!("{text}."))
        }))
    }
}

/// A part of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct List<T> {
    /// The entries, newest first (flows: by slug).
    pub items: Vec<T>,
    /// Give this back as `before` for the entries that follow (as `after` when `after` was used); null at the end.
    pub next: Option<String>,
}

/// Which part of a list is asked for, as it was written.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// `limit=`.
    pub limit: Option<&'a str>,
    /// `before=`.
    pub before: Option<&'a str>,
    /// `after=`.
    pub after: Option<&'a str>,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<K> {
    /// Entries at the most.
    pub limit: i64,
    /// From where.
    pub from: Direction<K>,
}

impl Wanted<'_> {
    /// Reads it; `key` reads the place in the list.
    ///
    /// # Errors
    /// A limit over 200, both directions at once, or a place that this list never gave out.
    pub fn read<K>(&self, key: impl Fn(&str) -> Option<K>) -> Result<Part<K>> {
        let limit = match self.limit.map(str::parse::<i64>) {
            None => DEFAULT_LIMIT,
            Some(Ok(limit)) if (1..=MAX_LIMIT).contains(&limit) => limit,
            Some(_) => {
                return Err(ApiError::invalid("limit", format!("Ask for 1 to {MAX_LIMIT} entries at a time, and follow next for more.")));
            }
        };
        let place =
            |field: &str, text: &str| key(text).ok_or_else(|| ApiError::invalid(field, "This list has no such place. Use what next said."));
        let from = match (self.before, self.after) {
            (None, None) => Direction::Newest,
            (Some(text), None) => Direction::Before(place("before", text)?),
            (None, Some(text)) => Direction::After(place("after", text)?),
            (Some(_), Some(_)) => return Err(ApiError::invalid("before", "Give before or after, not both.")),
        };
        Ok(Part { limit, from })
    }
}

impl<T> List<T> {
    /// A page as a list; `key` is an entry's place.
    pub fn of(page: Page<T>, from: &Direction<impl Sized>, key: impl Fn(&T) -> String) -> Self {
        let next = match from {
            Direction::After(_) => page.items.first().filter(|_| page.newer),
            Direction::Newest | Direction::Before(_) => page.items.last().filter(|_| page.more),
        };
        Self { next: next.map(key), items: page.items }
    }

    /// A list that is always short, cut to what was asked for.
    pub fn short(mut items: Vec<T>, part: &Part<i64>, key: impl Fn(&T) -> i64) -> Self {
        match part.from {
            Direction::Newest => {}
            Direction::Before(place) => items.retain(|item| key(item) < place),
            Direction::After(place) => items.retain(|item| key(item) > place),
        }
        let limit = usize::try_from(part.limit).unwrap_or(usize::MAX);
        let beyond = items.len() > limit;
        let next = if let Direction::After(_) = part.from {
            items.drain(..items.len().saturating_sub(limit));
            items.first().filter(|_| beyond).map(&key)
        } else {
            items.truncate(limit);
            items.last().filter(|_| beyond).map(&key)
        };
        Self { next: next.map(|place| place.to_string()), items }
    }

    /// The same list of other entries.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> List<U> {
        List { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// An instant of a query.
///
/// # Errors
/// Not RFC 3339.
pub fn instant(field: &str, text: Option<&str>) -> Result<Option<Micros>> {
    // A plus sign that nobody escaped arrives as a space.
    let read = |text: &str| Micros::parse_rfc3339(&text.replace(' ', "+"));
    match text.map(|text| read(text).ok_or(text)) {
        None => Ok(None),
        Some(Ok(at)) => Ok(Some(at)),
        Some(Err(_)) => Err(ApiError::invalid(field, "Write an instant like 2026-11-21T03:18:00Z.")),
    }
}

/// A word of a query, out of a fixed set.
///
/// # Errors
/// Says which words there are.
pub fn word<T: std::str::FromStr<Err = crate::domain::text_enum::UnknownWord>>(field: &str, text: Option<&str>) -> Result<Option<T>> {
    text.map(|text| text.parse::<T>().map_err(|error| ApiError::invalid(field, format!("{error}.")))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted<'a>(limit: Option<&'a str>, before: Option<&'a str>, after: Option<&'a str>) -> Result<Part<i64>> {
        Wanted { limit, before, after }.read(|text| text.parse().ok())
    }

    #[test]
    fn limits_and_places_are_checked() {
        assert_eq!(wanted(None, None, None).unwrap(), Part { limit: DEFAULT_LIMIT, from: Direction::Newest });
        assert_eq!(wanted(Some("200"), Some("7"), None).unwrap(), Part { limit: 200, from: Direction::Before(7) });
        for (limit, before, after) in [
            (Some("201"), None, None),
            (Some("0"), None, None),
            (Some("x"), None, None),
            (None, Some("x"), None),
            (None, Some("1"), Some("2")),
        ] {
            assert!(wanted(limit, before, after).is_err());
        }
    }

    #[test]
    fn a_short_list_is_walked_both_ways() {
        let part = |limit, from| Part { limit, from };
        let all = || vec![5, 4, 3, 2, 1];
        let first = List::short(all(), &part(2, Direction::Newest), |n| *n);
        assert_eq!((first.items, first.next.as_deref()), (vec![5, 4], Some("4")));
        let last = List::short(all(), &part(3, Direction::Before(4)), |n| *n);
        assert_eq!((last.items, last.next), (vec![3, 2, 1], None));
        let back = List::short(all(), &part(2, Direction::After(1)), |n| *n);
        assert_eq!((back.items, back.next.as_deref()), (vec![3, 2], Some("3")));
    }
}
