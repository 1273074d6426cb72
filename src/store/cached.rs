//! Statements that stay prepared.
//!
//! Diesel prepares an `UPDATE`, an upsert, a list of values and whatever holds a piece of SQL anew each time, which costs
//! more than executing it. [`Cached`] keeps it by its text. It is for statements of which there are few texts: conditions
//! are constants, and lists are no longer than a page.
//!
//! SQLite has a trap of its own beside it: a bound value that is compared with a column which a partial index names
//! (`state = ?`) makes it prepare a kept statement anew each time. Such conditions are said literally ([`said`]).

use diesel::backend::Backend;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Bool;

/// A statement that is kept by its text.
pub struct Cached<T>(pub T);

impl<DB: Backend, T: QueryFragment<DB>> QueryFragment<DB> for Cached<T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<T> QueryId for Cached<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: Query> Query for Cached<T> {
    type SqlType = T::SqlType;
}

impl<T, C> RunQueryDsl<C> for Cached<T> {}

/// A condition in SQL that both databases read the same way.
pub fn said(condition: &'static str) -> SqlLiteral<Bool> {
    diesel::dsl::sql(condition)
}
