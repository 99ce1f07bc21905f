//! What is measured: of people and outlets, and between a branch and a bank.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a target counts.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// People first met in the period.
    ProspectsMet,
    /// Of those, by referral.
    Referrals,
    /// Follow-ups that began in the period and were kept in three days.
    ContactedInTime,
    /// The same as a share, in per cent of those that are kept or past their day.
    ContactedShare,
    /// People who first came as far as an account in the period, whenever they were met.
    AccountsOpened,
    /// As far as third-party custody.
    CustodySigned,
    /// As far as money in.
    Funded,
    /// As far as trading.
    Trading,
    /// Shifts of the period to which somebody came.
    ShiftsAttended,
}

crate::text_column!(Measure);

impl Measure {
    /// All of them, as pages show them.
    pub const ALL: [Measure; 9] = [
        Measure::ProspectsMet,
        Measure::Referrals,
        Measure::ContactedInTime,
        Measure::ContactedShare,
        Measure::AccountsOpened,
        Measure::CustodySigned,
        Measure::Funded,
        Measure::Trading,
        Measure::ShiftsAttended,
    ];

    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Measure::ProspectsMet => "prospects_met",
            Measure::Referrals => "referrals",
            Measure::ContactedInTime => "contacted_in_time",
            Measure::ContactedShare => "contacted_share",
            Measure::AccountsOpened => "accounts_opened",
            Measure::CustodySigned => "custody_signed",
            Measure::Funded => "funded",
            Measure::Trading => "trading",
            Measure::ShiftsAttended => "shifts_attended",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Measure> {
        Measure::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// Whether it is a share, in per cent, and not a number that grows with the period.
    pub fn is_share(self) -> bool {
        self == Measure::ContactedShare
    }

    /// The largest target.
    pub fn most(self) -> i64 {
        if self.is_share() { 100 } else { 1_000_000 }
    }
}

/// What a branch and a bank promise each other.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(rename_all = "snake_case")]
pub enum Promised {
    /// Third-party custody signed (三方存管).
    CustodySigned,
    /// Accounts opened.
    AccountsOpened,
    /// Cards of the bank.
    Cards,
    /// Deposits brought, in fen.
    Deposits,
    /// People whom the bank's staff refers to us.
    Referrals,
    /// Days at a desk: one person for one day.
    DeskDays,
    /// Joint events.
    Events,
}

crate::text_column!(Promised);

impl Promised {
    /// All of them, as pages show them.
    pub const ALL: [Promised; 7] = [
        Promised::CustodySigned,
        Promised::AccountsOpened,
        Promised::Cards,
        Promised::Deposits,
        Promised::Referrals,
        Promised::DeskDays,
        Promised::Events,
    ];

    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Promised::CustodySigned => "custody_signed",
            Promised::AccountsOpened => "accounts_opened",
            Promised::Cards => "cards",
            Promised::Deposits => "deposits",
            Promised::Referrals => "referrals",
            Promised::DeskDays => "desk_days",
            Promised::Events => "events",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Promised> {
        Promised::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// What of our own records counts it; none: only the bank knows, so it is entered.
    pub fn counted_as(self) -> Option<Measure> {
        match self {
            Promised::CustodySigned => Some(Measure::CustodySigned),
            Promised::AccountsOpened => Some(Measure::AccountsOpened),
            Promised::Referrals => Some(Measure::Referrals),
            Promised::DeskDays => Some(Measure::ShiftsAttended),
            Promised::Cards | Promised::Deposits | Promised::Events => None,
        }
    }

    /// Whether it is money, in fen.
    pub fn is_money(self) -> bool {
        self == Promised::Deposits
    }

    /// Whether it counts clients, so that small numbers are nobody's at the bank.
    pub fn is_of_clients(self) -> bool {
        matches!(self, Promised::CustodySigned | Promised::AccountsOpened | Promised::Referrals)
    }

    /// The largest target: a trillion yuan for money.
    pub fn most(self) -> i64 {
        if self.is_money() { 100_000_000_000_000 } else { 1_000_000 }
    }
}

/// Whose promise it is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What we promised the bank.
    Ours,
    /// What the bank promised us.
    Theirs,
}

crate::text_column!(Side);

impl Side {
    /// Both, ours first.
    pub const ALL: [Side; 2] = [Side::Ours, Side::Theirs];

    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Ours => "ours",
            Side::Theirs => "theirs",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Side> {
        Side::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// How it is known what was done for a promise.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Counted from our own records.
    Counted,
    /// Entered by hand or from a file.
    Entered,
}

crate::text_column!(Way);

impl Way {
    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Counted => "counted",
            Way::Entered => "entered",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Way> {
        [Way::Counted, Way::Entered].into_iter().find(|one| one.as_str() == text)
    }
}
