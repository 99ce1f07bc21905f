//! How far the co-operation with an outlet has come (阶段), and which moves between phases there are.

crate::text_enum! {
    /// A phase of an outlet.
    #[derive(PartialOrd, Ord)]
    pub enum Phase: Text {
        // In the order of the way.
        /// 拟开发: nothing has been said yet.
        Prospecting = "prospecting",
        /// 已接触
        Contacted = "contacted",
        /// 洽谈
        Negotiating = "negotiating",
        /// 新合作: the first months, in which the person on site does not change.
        Launch = "launch",
        /// 稳定
        Established = "established",
        /// 休眠: may wake again.
        Dormant = "dormant",
        /// 终止: nobody is sent there.
        Ended = "ended",
    }
}

impl Phase {
    /// Whether the co-operation rests or is over.
    pub fn rests(self) -> bool {
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
