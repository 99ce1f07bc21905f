//! A touch: one try to reach a prospect, by which way and with what outcome.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a prospect likes to be reached.
#[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PreferredChannel {
    Sms,
    Call,
    Wechat,
}

crate::text_column!(PreferredChannel);

impl PreferredChannel {
    pub const ALL: [Self; 3] = [Self::Sms, Self::Call, Self::Wechat];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Wechat => "wechat",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }
}

/// The way a touch was made.
#[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    Call,
    Wechat,
    Meeting,
    Email,
}

crate::text_column!(Channel);

impl Channel {
    pub const ALL: [Self; 5] = [Self::Sms, Self::Call, Self::Wechat, Self::Meeting, Self::Email];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Wechat => "wechat",
            Self::Meeting => "meeting",
            Self::Email => "email",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }

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

/// What came of a touch.
#[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Sent,
    Reached,
    NoAnswer,
    Refused,
}

crate::text_column!(Outcome);

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Sent, Self::Reached, Self::NoAnswer, Self::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Reached => "reached",
            Self::NoAnswer => "no_answer",
            Self::Refused => "refused",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
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
