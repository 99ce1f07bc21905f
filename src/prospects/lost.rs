//! Why somebody was lost: the usual reasons, so that they can be counted; whatever is none of them stays in its own words.

use crate::text::fold;

crate::text_enum! {
    /// A usual reason.
    #[derive(PartialOrd, Ord)]
    pub enum LostReason: Text {
        // In the order in which a form offers them. Packed months keep a reason by its place here (`funnel/segment.rs`): another goes last.
        /// Does not want to invest.
        NoInterest = "no_interest",
        /// Has an account with another broker.
        HasAccount = "has_account",
        /// Could not be reached, however often.
        Unreachable = "unreachable",
        /// The money is meant for something else.
        NoMoney = "no_money",
        /// Afraid of losing money.
        AfraidOfRisk = "afraid_of_risk",
        /// Finds it too dear.
        Fees = "fees",
        /// Does not want to be contacted.
        Refused = "refused",
        /// May not open an account.
        NotEligible = "not_eligible",
        /// Has moved away.
        Moved = "moved",
    }
}

impl LostReason {
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
