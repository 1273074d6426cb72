//! Keyset paging: a page costs the same wherever it lies (CODE: no `count(*)`, no offsets).

/// Rows of one page and whether there are more on either side.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows, newest first.
    pub items: Vec<T>,
    /// Whether older rows follow.
    pub more: bool,
    /// Whether newer rows precede.
    pub newer: bool,
}

impl<T> Page<T> {
    /// Cuts a query's answer of `limit + 1` rows down to a page.
    pub fn cut(mut items: Vec<T>, limit: i64, direction: &Direction<impl Sized>) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let beyond = items.len() > limit;
        items.truncate(limit);
        match direction {
            Direction::Newest => Self { items, more: beyond, newer: false },
            Direction::Before(_) => Self { items, more: beyond, newer: true },
            Direction::After(_) => {
                items.reverse();
                Self { items, more: true, newer: beyond }
            }
        }
    }

    /// The same page with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), more: self.more, newer: self.newer }
    }
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Direction<K> {
    /// At the newest row.
    Newest,
    /// With rows older than this one.
    Before(K),
    /// With the rows just newer than this one.
    After(K),
}

/// Rows a page shows unless asked otherwise.
pub const DEFAULT_LIMIT: i64 = 50;
/// Rows a page shows at the most (CONTRACT).
pub const MAX_LIMIT: i64 = 200;
