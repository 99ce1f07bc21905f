//! What is measured: of people and outlets, and between a branch and a bank.

crate::text_enum! {
    /// What a target counts.
    #[derive(PartialOrd, Ord)]
    pub enum Measure: Text {
        // In the order in which pages show them.
        /// People first met in the period.
        ProspectsMet = "prospects_met",
        /// Of those, by referral.
        Referrals = "referrals",
        /// Follow-ups that began in the period and were kept in three days.
        ContactedInTime = "contacted_in_time",
        /// The same as a share, in per cent of those that are kept or past their day.
        ContactedShare = "contacted_share",
        /// People who first came as far as an account in the period, whenever they were met.
        AccountsOpened = "accounts_opened",
        /// As far as third-party custody.
        CustodySigned = "custody_signed",
        /// As far as money in.
        Funded = "funded",
        /// As far as trading.
        Trading = "trading",
        /// Shifts of the period to which somebody came.
        ShiftsAttended = "shifts_attended",
    }
}

impl Measure {
    /// Whether it is a share, in per cent, and not a number that grows with the period.
    pub fn is_share(self) -> bool {
        self == Measure::ContactedShare
    }

    /// The largest target.
    pub fn most(self) -> i64 {
        if self.is_share() { 100 } else { 1_000_000 }
    }
}

crate::text_enum! {
    /// What a branch and a bank promise each other.
    #[derive(PartialOrd, Ord)]
    pub enum Promised: Text {
        // In the order in which pages show them.
        /// Third-party custody signed (三方存管).
        CustodySigned = "custody_signed",
        /// Accounts opened.
        AccountsOpened = "accounts_opened",
        /// Cards of the bank.
        Cards = "cards",
        /// Deposits brought, in fen.
        Deposits = "deposits",
        /// People whom the bank's staff refers to us.
        Referrals = "referrals",
        /// Days at a desk: one person for one day.
        DeskDays = "desk_days",
        /// Joint events.
        Events = "events",
    }
}

impl Promised {
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

crate::text_enum! {
    /// Whose promise it is.
    #[derive(PartialOrd, Ord)]
    pub enum Side: Text {
        /// What we promised the bank.
        Ours = "ours",
        /// What the bank promised us.
        Theirs = "theirs",
    }
}

crate::text_enum! {
    /// How it is known what was done for a promise.
    pub enum Way: Text {
        /// Counted from our own records.
        Counted = "counted",
        /// Entered by hand or from a file.
        Entered = "entered",
    }
}
