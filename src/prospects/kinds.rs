//! Where a prospect comes from, and how much of the market they have seen.

crate::text_enum! {
    /// How the prospect was met.
    pub enum Source: Text {
        // Packed months keep a source by its place here (`funnel/segment.rs`): another goes last.
        /// At the outlet, during a shift.
        OnSite = "on_site",
        /// At a joint event.
        Event = "event",
        /// By a bank employee's or a client's word (转介绍).
        Referral = "referral",
        /// In a community around the outlet.
        Community = "community",
        /// Another way.
        Other = "other",
    }
}

crate::text_enum! {
    /// 新股民 or 老股民: talk of ideas, or listen and learn.
    pub enum Experience: Text {
        /// New to the market.
        New = "new",
        /// An old hand.
        Experienced = "experienced",
        /// Not known.
        Unknown = "unknown",
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
