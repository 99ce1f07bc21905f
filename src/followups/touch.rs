//! A touch: one try to reach a prospect, by which way and with what outcome.

use chrono::{DateTime, Utc};

crate::text_enum! {
    /// How a prospect likes to be reached.
    pub enum PreferredChannel: Text {
        Sms = "sms",
        Call = "call",
        Wechat = "wechat",
    }
}

crate::text_enum! {
    /// The way a touch was made.
    pub enum Channel: Text {
        Sms = "sms",
        Call = "call",
        Wechat = "wechat",
        Meeting = "meeting",
        Email = "email",
    }
}

impl Channel {
    /// The outcomes a touch by this channel may have. Nobody fails to pick up an SMS: it is sent.
    pub fn outcomes(self) -> &'static [Outcome] {
        match self {
            Self::Sms => &[Outcome::Sent, Outcome::Reached, Outcome::Refused],
            _ => &[Outcome::Reached, Outcome::NoAnswer, Outcome::Refused],
        }
    }

    pub fn allows(self, outcome: Outcome) -> bool {
        self.outcomes().contains(&outcome)
    }
}

crate::text_enum! {
    /// What came of a touch.
    pub enum Outcome: Text {
        Sent = "sent",
        Reached = "reached",
        NoAnswer = "no_answer",
        Refused = "refused",
    }
}

/// As much of a touch as the rules need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    pub at: DateTime<Utc>,
    pub channel: Channel,
    pub outcome: Outcome,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sms_is_sent_and_a_call_may_go_unanswered() {
        let allowed = |channel: Channel| Outcome::ALL.map(|outcome| channel.allows(outcome));
        assert_eq!(allowed(Channel::Sms), [true, true, false, true]);
        for channel in [Channel::Call, Channel::Wechat, Channel::Meeting, Channel::Email] {
            assert_eq!(allowed(channel), [false, true, true, true], "{channel:?}");
        }
    }

    #[test]
    fn names_are_the_same_stored_and_in_json() {
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.as_str()), Some(channel));
            assert_eq!(serde_json::json!(channel), channel.as_str());
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
            assert_eq!(serde_json::json!(outcome), outcome.as_str());
        }
        for channel in PreferredChannel::ALL {
            assert_eq!(PreferredChannel::parse(channel.as_str()), Some(channel));
            assert_eq!(serde_json::json!(channel), channel.as_str());
        }
        assert_eq!(Channel::parse("SMS"), None);
    }
}
