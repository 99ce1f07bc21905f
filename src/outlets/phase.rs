//! How far the co-operation with an outlet has come (阶段), and which moves between phases there are.

/// A phase of an outlet.
#[derive(
    Debug,
    Clone,
    Copy,
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
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// 拟开发: nothing has been said yet.
    Prospecting,
    /// 已接触
    Contacted,
    /// 洽谈
    Negotiating,
    /// 新合作: the first months, in which the person on site does not change.
    Launch,
    /// 稳定
    Established,
    /// 休眠: may wake again.
    Dormant,
    /// 终止: nobody is sent there.
    Ended,
}

crate::text_column!(Phase);

impl Phase {
    /// All of them, in the order of the way.
    pub const ALL: [Phase; 7] = [
        Phase::Prospecting,
        Phase::Contacted,
        Phase::Negotiating,
        Phase::Launch,
        Phase::Established,
        Phase::Dormant,
        Phase::Ended,
    ];

    /// The word of the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Prospecting => "prospecting",
            Phase::Contacted => "contacted",
            Phase::Negotiating => "negotiating",
            Phase::Launch => "launch",
            Phase::Established => "established",
            Phase::Dormant => "dormant",
            Phase::Ended => "ended",
        }
    }

    /// Reads a word.
    pub fn parse(text: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.as_str() == text)
    }

    /// Whether the co-operation rests or is over.
    fn rests(self) -> bool {
        matches!(self, Phase::Dormant | Phase::Ended)
    }

    /// Whether an outlet may move from this phase to another: forward to any later one, back by one, to rest or to the end from
    /// any, and from rest or the end to wherever it is taken up again.
    pub fn may_become(self, to: Phase) -> bool {
        if self == to || self.rests() || to.rests() {
            return true;
        }
        to > self || self as u8 == to as u8 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_go_forward_back_by_one_to_rest_and_from_rest_anywhere() {
        use Phase::{Contacted, Dormant, Ended, Established, Launch, Negotiating, Prospecting};
        for (from, to, allowed) in [
            (Prospecting, Contacted, true),
            (Prospecting, Established, true),
            (Contacted, Prospecting, true),
            (Negotiating, Prospecting, false),
            (Established, Launch, true),
            (Established, Contacted, false),
            (Launch, Dormant, true),
            (Prospecting, Ended, true),
            (Dormant, Negotiating, true),
            (Ended, Prospecting, true),
            (Ended, Dormant, true),
            (Launch, Launch, true),
        ] {
            assert_eq!(from.may_become(to), allowed, "{from} to {to}");
        }
    }

    #[test]
    fn every_word_reads_back() {
        for phase in Phase::ALL {
            assert_eq!(Phase::parse(phase.as_str()), Some(phase));
        }
        assert_eq!(Phase::parse("Launch"), None);
    }
}
