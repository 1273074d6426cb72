//! Statements that stay prepared.
//!
//! Diesel prepares an `UPDATE`, an upsert, a list of values and whatever holds a piece of SQL anew each time, which costs
//! more than executing it. Two wrappers say that a statement may be kept:
//!
//! - [`fixed!`](crate::fixed) where the text is the same whenever this line of the source is reached: it is not even built
//!   again. Conditions are constants there, and lists are given as [`one_of`].
//! - [`Cached`] where there are a few texts: it is kept by its text.
//!
//! SQLite has a trap of its own beside it: a bound value that is compared with a column which a partial index names
//! (`state = ?`) makes it prepare a kept statement anew each time. Such conditions are said literally ([`said`]).

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::expression::SqlLiteral;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;

/// Keeps the statement prepared for this line of the source, whose text never changes.
#[macro_export]
macro_rules! fixed {
    ($statement:expr) => {{
        struct Here;
        $crate::store::cached::Fixed::<Here, _>::new($statement)
    }};
}

/// What [`fixed!`](crate::fixed) makes: kept by the place where it stands.
pub struct Fixed<Here, T>(T, PhantomData<Here>);

impl<Here, T> Fixed<Here, T> {
    /// Only for the macro, which makes a type for each place.
    pub fn new(statement: T) -> Self {
        Self(statement, PhantomData)
    }
}

/// A statement that is kept by its text.
pub struct Cached<T>(pub T);

impl<DB: Backend, Here, T: QueryFragment<DB>> QueryFragment<DB> for Fixed<Here, T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<DB: Backend, T: QueryFragment<DB>> QueryFragment<DB> for Cached<T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Here: 'static, T> QueryId for Fixed<Here, T> {
    type QueryId = Here;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<T> QueryId for Cached<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Here, T: Query> Query for Fixed<Here, T> {
    type SqlType = T::SqlType;
}

impl<T: Query> Query for Cached<T> {
    type SqlType = T::SqlType;
}

impl<Here, T, C> RunQueryDsl<C> for Fixed<Here, T> {}
impl<T, C> RunQueryDsl<C> for Cached<T> {}

/// A condition in SQL that both databases read the same way.
pub fn said(condition: &'static str) -> SqlLiteral<Bool> {
    diesel::dsl::sql(condition)
}

/// That a column of texts holds one of these: one bound value, however many they are.
pub fn one_of(column: &'static str, texts: &[impl AsRef<str>]) -> OneOf {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    OneOf { column, texts: serde_json::to_string(&texts).unwrap_or_else(|_| "[]".to_owned()) }
}

/// What [`one_of`] makes.
pub struct OneOf {
    column: &'static str,
    /// A JSON array.
    texts: String,
}

impl Expression for OneOf {
    type SqlType = Bool;
}
impl<T> SelectableExpression<T> for OneOf {}
impl<T> AppearsOnTable<T> for OneOf {}
impl diesel::expression::ValidGrouping<()> for OneOf {
    type IsAggregate = diesel::expression::is_aggregate::Never;
}
impl QueryId for OneOf {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Sqlite> for OneOf {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(self.column);
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.texts)?;
        out.push_sql("))");
        Ok(())
    }
}

impl QueryFragment<Pg> for OneOf {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.column);
        out.push_sql(" = ANY (ARRAY(SELECT json_array_elements_text(");
        out.push_bind_param::<Text, _>(&self.texts)?;
        out.push_sql("::json)))");
        Ok(())
    }
}
