//! Roles, and what of the data a user reaches (CONTRACT "Who reaches what").

use crate::db::Id;

/// What somebody does at the brokerage.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// 证券经纪人: own prospects, check-ins and shifts.
    Broker,
    /// 渠道专员: everything of the own branch, mobile numbers masked.
    Coordinator,
    /// 营业部负责人, or the head office when without a branch.
    Manager,
    /// Runs the installation.
    Admin,
}

crate::text_column!(Role);

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Broker, Role::Coordinator, Role::Manager, Role::Admin];

    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Broker => "broker",
            Role::Coordinator => "coordinator",
            Role::Manager => "manager",
            Role::Admin => "admin",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.as_str() == text)
    }
}

/// The records a user may load; queries are built from it, so that what is out of reach is simply not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All branches: admins and the head office.
    All,
    /// One branch.
    Branch(Id),
    /// Own records, within a branch.
    Own {
        /// The broker.
        broker: Id,
        /// The broker's branch.
        branch: Id,
    },
}
