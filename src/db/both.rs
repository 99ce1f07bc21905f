//! Two inserts as one statement of PostgreSQL.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::{PgConnection, RunQueryDsl};

/// Both are executed, in no order: neither may need the other's row.
pub struct Both<A, B>(pub A, pub B);

impl<A: QueryFragment<Pg>, B: QueryFragment<Pg>> QueryFragment<Pg> for Both<A, B> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH first AS (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") ");
        self.1.walk_ast(out)
    }
}

impl<A: QueryId, B: QueryId> QueryId for Both<A, B> {
    type QueryId = Both<A::QueryId, B::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = A::HAS_STATIC_QUERY_ID && B::HAS_STATIC_QUERY_ID;
}

impl<A, B> RunQueryDsl<PgConnection> for Both<A, B> {}
