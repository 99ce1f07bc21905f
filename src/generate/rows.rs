//! The rows that are written in bulk, one struct a table, as both databases take them.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::attendance::Verdict;
use crate::attendance::checkin::Kind;
use crate::db::schema::{
    banks, branches, checkins, consents, contacts, follow_ups, outlet_hours, outlet_phases, outlets, prospects, shifts,
    stage_changes, touches, users,
};
use crate::db::{At, Id};
use crate::followups::touch::{Channel, Outcome, PreferredChannel};
use crate::outlets::phase::Phase;
use crate::people::Role;
use crate::place::Datum;
use crate::prospects::kinds::{Experience, Source};
use crate::prospects::lost::LostReason;
use crate::prospects::stage::Stage;

macro_rules! rows {
    ($($name:ident => $table:ident { $($field:ident: $type:ty),* $(,)? })*) => {$(
        #[doc = concat!("A row of `", stringify!($table), "`; what is not here has the table's default.")]
        #[derive(Clone, Debug, PartialEq, Insertable)]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        pub struct $name { $(pub $field: $type),* }
    )*};
}

rows! {
    BranchRow => branches { id: Id, code: String, name: String, time_zone: &'static str, created_at: At }
    UserRow => users {
        id: Id, login: String, name: String, role: Role, branch_id: Option<Id>, email: Option<String>, password_hash: Option<String>,
        certificate_no: Option<String>, certificate_expires_on: Option<NaiveDate>, position_agreed_at: Option<At>, created_at: At, updated_at: At,
    }
    BankRow => banks { id: Id, name: &'static str, name_folded: String, kind: Option<&'static str>, created_at: At }
    OutletRow => outlets {
        id: Id, code: String, name: String, name_folded: String, search_text: String, branch_id: Id, bank_id: Option<Id>, bank_by_hand: bool,
        tier: Option<&'static str>, tier_by_hand: bool, parent_id: Option<Id>, parent_by_hand: bool, phase: Phase, grade: Option<&'static str>,
        lat: Option<f64>, lon: Option<f64>, given_lat: Option<f64>, given_lon: Option<f64>, radius_m: i32,
        address: String, district: String, created_at: At, updated_at: At,
    }
    HoursRow => outlet_hours { outlet_id: Id, weekday: i32, opens: &'static str, closes: &'static str }
    PhaseRow => outlet_phases { id: Id, outlet_id: Id, phase: Phase, reason: &'static str, by_user: Option<Id>, at: At }
    ContactRow => contacts {
        id: Id, outlet_id: Id, name: String, name_folded: String, role: &'static str, influence: Option<&'static str>, created_at: At, updated_at: At,
    }
    ShiftRow => shifts {
        id: Id, branch_id: Id, outlet_id: Id, broker_id: Id, date: NaiveDate, starts_at: At, ends_at: At, created_by: Option<Id>, created_at: At,
    }
    CheckinRow => checkins {
        id: Id, branch_id: Id, broker_id: Id, outlet_id: Option<Id>, shift_id: Option<Id>, kind: Kind, at: At, date: NaiveDate, received_at: At,
        offline: bool, lat: Option<f64>, lon: Option<f64>, accuracy_m: Option<f64>, datum: Datum, given_lat: Option<f64>, given_lon: Option<f64>,
        reason: Option<&'static str>, verdict: Verdict, distance_m: Option<f64>, minutes_late: Option<i32>, minutes_early: Option<i32>,
        flags: String, review: Option<&'static str>, reviewed_by: Option<Id>, reviewed_at: Option<At>,
    }
    ProspectRow => prospects {
        id: Id, branch_id: Id, broker_id: Id, met_by: Id, name: String, name_folded: String, mobile: Option<Vec<u8>>, mobile_hash: Option<Vec<u8>>,
        met_at: At, met_on: NaiveDate, source: Source, preferred_channel: PreferredChannel, outlet_id: Option<Id>, referrer: Option<String>,
        experience: Experience, note: Option<&'static str>, stage: Stage, stage_at: At, stage_before_lost: Option<Stage>, lost_reason: Option<LostReason>, version: i32,
        created_at: At, updated_at: At,
    }
    ConsentRow => consents {
        id: Id, prospect_id: Id, given_at: At, purpose: &'static str, text_version: &'static str, way: &'static str, recorded_by: Id, recorded_at: At,
    }
    TouchRow => touches {
        id: Id, prospect_id: Id, by_user: Id, channel: Channel, outcome: Outcome, at: At, note: Option<&'static str>, created_at: At,
    }
    StageRow => stage_changes {
        id: Id, prospect_id: Id, number: i32, from_stage: Option<Stage>, to_stage: Stage, at: At, reason: Option<&'static str>,
        touch_id: Option<Id>, by_user: Id, recorded_at: At,
    }
    FollowUpRow => follow_ups {
        id: Id, prospect_id: Id, branch_id: Id, broker_id: Id, number: i32, starts_at: At, due_on: NaiveDate, kept_at: Option<At>,
        kept_on: Option<NaiveDate>, kept_by_touch: Option<Id>, waived_at: Option<At>, waived_by: Option<Id>, waived_reason: Option<&'static str>,
        created_at: At,
    }
}
