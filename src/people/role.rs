//! Roles, and what of the data a user reaches (CONTRACT "Who reaches what").

use crate::db::Id;

crate::text_enum! {
    /// What somebody does at the brokerage.
    #[derive(PartialOrd, Ord)]
    pub enum Role: Text {
        /// 证券经纪人: own prospects, check-ins and shifts.
        Broker = "broker",
        /// 渠道专员: everything of the own branch, mobile numbers masked.
        Coordinator = "coordinator",
        /// 营业部负责人, or the head office when without a branch.
        Manager = "manager",
        /// Runs the installation.
        Admin = "admin",
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
