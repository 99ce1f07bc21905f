//! Pages of outlets.

mod form;
mod list;
mod profile;

pub use form::{FormView, closure_form, contact_form, outlet_form, special_form};
pub use list::{ListView, list, map};
pub use profile::{
    ClosureLine, ContactLine, Crumb, OnSite, PhaseLine, Profile, SitsLine, SpecialLine, SpotLine, WayThere, profile,
};

use super::{Lang, State};
use crate::outlets::naming::Tier;
use crate::outlets::phase::Phase;
use crate::t;

/// A phase in words.
pub fn phase_word(lang: Lang, phase: Phase) -> String {
    t!(lang, &format!("phase-{phase}"))
}

/// A tier in words; empty where it is not known.
pub fn tier_word(lang: Lang, tier: Option<Tier>) -> String {
    tier.map(|tier| t!(lang, &format!("tier-{}", tier.as_str().replace('_', "-")))).unwrap_or_default()
}

/// What a phase means to the reader.
pub fn phase_state(phase: Phase) -> State {
    match phase {
        Phase::Established => State::Fine,
        Phase::Launch => State::Soon,
        _ => State::Unknown,
    }
}
