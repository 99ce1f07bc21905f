//! Why somebody was lost: the usual reasons, so that they can be counted; whatever is none of them stays in its own words.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::text::fold;

/// A usual reason.
#[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LostReason {
    /// Does not want to invest.
    NoInterest,
    /// Has an account with another broker.
    HasAccount,
    /// Could not be reached, however often.
    Unreachable,
    /// The money is meant for something else.
    NoMoney,
    /// Afraid of losing money.
    AfraidOfRisk,
    /// Finds it too dear.
    Fees,
    /// Does not want to be contacted.
    Refused,
    /// May not open an account.
    NotEligible,
    /// Has moved away.
    Moved,
}

crate::text_column!(LostReason);

impl LostReason {
    /// All of them, as a form offers them.
    pub const ALL: [Self; 9] = [
        Self::NoInterest,
        Self::HasAccount,
        Self::Unreachable,
        Self::NoMoney,
        Self::AfraidOfRisk,
        Self::Fees,
        Self::Refused,
        Self::NotEligible,
        Self::Moved,
    ];

    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoInterest => "no_interest",
            Self::HasAccount => "has_account",
            Self::Unreachable => "unreachable",
            Self::NoMoney => "no_money",
            Self::AfraidOfRisk => "afraid_of_risk",
            Self::Fees => "fees",
            Self::Refused => "refused",
            Self::NotEligible => "not_eligible",
            Self::Moved => "moved",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// In words, Chinese and English: what is written into the history where nothing else is said.
    pub fn wordings(self) -> [&'static str; 2] {
        match self {
            Self::NoInterest => ["暂无投资意向", "Does not want to invest"],
            Self::HasAccount => ["已在其他券商开户", "Has an account elsewhere"],
            Self::Unreachable => ["电话多次未接通", "Could not be reached"],
            Self::NoMoney => ["资金另有安排", "The money is meant for something else"],
            Self::AfraidOfRisk => ["担心亏损", "Afraid of losing money"],
            Self::Fees => ["嫌费用高", "Finds it too dear"],
            Self::Refused => ["不愿再被联系", "Does not want to be contacted"],
            Self::NotEligible => ["不符合开户条件", "May not open an account"],
            Self::Moved => ["已离开本地", "Has moved away"],
        }
    }

    /// The usual reason that a text says: in either language, to the letter but for case, width and what stands after it in brackets or after a colon.
    pub fn of_text(text: &str) -> Option<Self> {
        let folded = fold(text);
        let said = folded.split([':', '(', '。', '.', ';']).next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|one| one.wordings().iter().any(|words| fold(words) == said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_reason_is_known_by_its_words() {
        for one in LostReason::ALL {
            assert_eq!(LostReason::parse(one.as_str()), Some(one));
            for words in one.wordings() {
                assert_eq!(LostReason::of_text(words), Some(one), "{words}");
                assert_eq!(LostReason::of_text(&format!(" {words}:等年底再说")), Some(one));
                assert_eq!(LostReason::of_text(&format!("{words}(两次)")), Some(one));
            }
        }
        for own in ["", "等年底再说", "暂无投资意向吗", "elsewhere"] {
            assert_eq!(LostReason::of_text(own), None, "{own}");
        }
    }
}
