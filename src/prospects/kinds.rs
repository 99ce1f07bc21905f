//! Where a prospect comes from, and how much of the market they have seen.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the prospect was met.
#[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// At the outlet, during a shift.
    OnSite,
    /// At a joint event.
    Event,
    /// By a bank employee's or a client's word (转介绍).
    Referral,
    /// In a community around the outlet.
    Community,
    /// Another way.
    Other,
}

crate::text_column!(Source);

impl Source {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::OnSite, Self::Event, Self::Referral, Self::Community, Self::Other];

    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnSite => "on_site",
            Self::Event => "event",
            Self::Referral => "referral",
            Self::Community => "community",
            Self::Other => "other",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// 新股民 or 老股民: talk of ideas, or listen and learn.
#[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Experience {
    /// New to the market.
    New,
    /// An old hand.
    Experienced,
    /// Not known.
    Unknown,
}

crate::text_column!(Experience);

impl Experience {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::New, Self::Experienced, Self::Unknown];

    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Experienced => "experienced",
            Self::Unknown => "unknown",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_stored_and_in_json() {
        for one in Source::ALL {
            assert_eq!(Source::parse(one.as_str()), Some(one));
            assert_eq!(serde_json::json!(one), one.as_str());
        }
        for one in Experience::ALL {
            assert_eq!(Experience::parse(one.as_str()), Some(one));
            assert_eq!(serde_json::json!(one), one.as_str());
        }
    }
}
