//! Every URL, what it takes to reach it, and who answers: pages first, then the API. What is not listed here is not served.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::http::Method;
use actix_web::{Route, web};
use matchit::Match;

use crate::attendance;
use crate::calendar;
use crate::followups;
use crate::funnel;
use crate::goals;
use crate::imports;
use crate::mail;
use crate::outlets;
use crate::people::{self, Role};
use crate::phone;
use crate::prospects;
use crate::reports;
use crate::results;
use crate::rota;
use crate::web::dispatch::Dispatch;
use crate::web::{assets, health};
use crate::{audit, openapi};

/// Who may use a route. Records are judged besides, by the reach of the user who loads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Everybody who is signed in.
    SignedIn,
    /// These roles.
    Only(&'static [Role]),
}

impl Access {
    /// Whether a role may use the route.
    pub fn allows(self, role: Role) -> bool {
        match self {
            Access::Public | Access::SignedIn => true,
            Access::Only(roles) => roles.contains(&role),
        }
    }
}

/// One line of the table.
pub struct Entry {
    /// GET, POST, …
    pub method: Method,
    /// The pattern: `{name}` stands for one piece of a path.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    handler: fn() -> Route,
}

impl Entry {
    /// Who answers, as actix wants it.
    pub fn route(&self) -> Route {
        (self.handler)()
    }
}

const BROKER: Access = Access::Only(&[Role::Broker]);
const BROKER_AND_DESK: Access = Access::Only(&[Role::Broker, Role::Coordinator, Role::Manager]);
const DESK: Access = Access::Only(&[Role::Coordinator, Role::Manager]);
const DESK_AND_ADMIN: Access = Access::Only(&[Role::Coordinator, Role::Manager, Role::Admin]);
const MANAGER: Access = Access::Only(&[Role::Manager]);
const MANAGER_AND_ADMIN: Access = Access::Only(&[Role::Manager, Role::Admin]);
const ADMIN: Access = Access::Only(&[Role::Admin]);
const ALL: Access = Access::SignedIn;
const PUBLIC: Access = Access::Public;

macro_rules! table {
    ($($method:ident $path:literal $access:ident $handler:path;)*) => {
        vec![$(Entry {
            method: Method::$method,
            path: $path,
            access: $access,
            handler: || web::to($handler),
        }),*]
    };
}

/// The whole table.
#[rustfmt::skip]
pub fn table() -> Vec<Entry> {
    table! {
        // --- the program itself
        GET  "/healthz"                       PUBLIC health::alive;
        GET  "/readyz"                        PUBLIC health::ready;
        GET  "/metrics"                       PUBLIC health::metrics;
        GET  "/assets/{hash}/{name}"          PUBLIC assets::serve;

        GET  "/api/v1/openapi.json"           PUBLIC openapi::serve;
        GET  "/worker.js"                     PUBLIC phone::pages::worker;
        GET  "/offline"                       PUBLIC phone::pages::shell;
        GET  "/kept"                          BROKER phone::pages::standing;
        POST "/kept/check-ins"                BROKER attendance::pages::post_kept;
        POST "/kept/prospects"                BROKER prospects::pages::entry::create_kept;
        GET  "/audit"                         DESK_AND_ADMIN audit::pages::list;

        // --- people
        GET  "/sign-in"                       PUBLIC people::pages::show_sign_in;
        POST "/sign-in"                       PUBLIC people::pages::post_sign_in;
        POST "/sign-out"                      ALL    people::pages::sign_out;
        POST "/api/v1/sessions"               PUBLIC people::api::create_session;
        DELETE "/api/v1/sessions/current"     ALL    people::api::end_session;
        GET  "/api/v1/me"                     ALL    people::api::me;

        // --- imports
        GET  "/imports"                       DESK_AND_ADMIN imports::pages::choose;
        POST "/imports"                       DESK_AND_ADMIN imports::pages::post_file;
        GET  "/imports/{id}"                  DESK_AND_ADMIN imports::pages::preview;
        POST "/imports/{id}"                  DESK_AND_ADMIN imports::pages::confirm;

        // --- outlets
        GET  "/outlets"                       ALL    outlets::pages::list;
        GET  "/outlets/map"                   ALL    outlets::pages::map;
        GET  "/outlets/scorecard"             DESK_AND_ADMIN results::scorecard_pages::show;
        GET  "/outlets/scorecard.csv"         DESK_AND_ADMIN results::scorecard_pages::csv;
        GET  "/api/v1/outlet-scorecard"       DESK_AND_ADMIN results::api::show_scorecard;
        GET  "/outlets/new"                   DESK_AND_ADMIN outlets::edit_pages::show_new;
        POST "/outlets"                       DESK_AND_ADMIN outlets::edit_pages::create;
        GET  "/outlets/{id}"                  ALL    outlets::pages::show;
        POST "/outlets/{id}"                  DESK_AND_ADMIN outlets::edit_pages::change;
        GET  "/outlets/{id}/edit"             DESK_AND_ADMIN outlets::edit_pages::show_edit;
        GET  "/outlets/{id}/closures/new"     DESK_AND_ADMIN outlets::edit_pages::show_closure;
        POST "/outlets/{id}/closures"         DESK_AND_ADMIN outlets::edit_pages::add_closure;
        POST "/outlets/{id}/closures/{closure}/removal" DESK_AND_ADMIN outlets::edit_pages::remove_closure;
        GET  "/outlets/{id}/special-hours/new" DESK_AND_ADMIN outlets::edit_pages::show_special;
        POST "/outlets/{id}/special-hours"    DESK_AND_ADMIN outlets::edit_pages::add_special;
        POST "/outlets/{id}/special-hours/removal" DESK_AND_ADMIN outlets::edit_pages::remove_special;
        GET  "/outlets/{id}/contacts/new"     DESK_AND_ADMIN outlets::edit_pages::show_new_contact;
        POST "/outlets/{id}/contacts"         DESK_AND_ADMIN outlets::edit_pages::add_contact;
        GET  "/outlets/{id}/contacts/{contact}" DESK_AND_ADMIN outlets::edit_pages::show_contact;
        POST "/outlets/{id}/contacts/{contact}" DESK_AND_ADMIN outlets::edit_pages::change_contact;
        POST "/outlets/{id}/contacts/{contact}/removal" DESK_AND_ADMIN outlets::edit_pages::remove_contact;
        GET  "/calendars"                     DESK_AND_ADMIN calendar::pages::show;
        POST "/calendars"                     DESK_AND_ADMIN calendar::pages::put;
        GET  "/calendars/removal"             DESK_AND_ADMIN calendar::pages::ask_removal;
        POST "/calendars/removal"             DESK_AND_ADMIN calendar::pages::remove;
        GET  "/api/v1/outlets"                ALL    outlets::api::list;
        POST "/api/v1/outlets"                DESK_AND_ADMIN outlets::api::create;
        GET  "/api/v1/outlets/{id}"           ALL    outlets::api::show;
        PATCH "/api/v1/outlets/{id}"          DESK_AND_ADMIN outlets::api::change;
        GET  "/rota/import"                   DESK   rota::sheets::pages::choose;
        POST "/rota/import"                   DESK   rota::sheets::pages::post_file;
        GET  "/rota/import/{id}"              DESK   rota::sheets::pages::preview;
        POST "/rota/import/{id}"              DESK   rota::sheets::pages::confirm;
        POST "/rota/import/{id}/codes"        DESK   rota::sheets::pages::explain;
        GET  "/outlets/{id}/calendar"         DESK_AND_ADMIN rota::feed_pages::outlet_links;
        POST "/outlets/{id}/calendar"         DESK_AND_ADMIN rota::feed_pages::make_outlets;
        POST "/outlets/{id}/calendar/{feed}/revocation" DESK_AND_ADMIN rota::feed_pages::end_outlets;
        GET  "/account/calendar"              BROKER rota::feed_pages::own_links;
        POST "/account/calendar"              BROKER rota::feed_pages::make_own;
        POST "/account/calendar/{feed}/revocation" BROKER rota::feed_pages::end_own;
        GET  "/calendars/feeds/{token}.ics"   PUBLIC rota::feed_pages::serve;
        // --- attendance
        GET  "/"                              ALL    attendance::pages::home;
        GET  "/check-ins"                     BROKER attendance::pages::home;
        POST "/check-ins"                     BROKER attendance::pages::post_check_in;
        POST "/check-ins/{id}/review"         DESK   attendance::pages::post_review;
        POST "/check-ins/{id}/answer"         BROKER attendance::pages::post_answer;
        GET  "/now"                           DESK   attendance::pages::show_now;
        GET  "/now/part"                      DESK   attendance::now_events::part;
        GET  "/now/events"                    DESK   attendance::now_events::events;
        GET  "/attendance"                    ALL    attendance::roll_pages::show;
        GET  "/attendance.csv"                ALL    attendance::roll_pages::csv;
        GET  "/attendance.xlsx"               ALL    attendance::roll_pages::xlsx;
        GET  "/attendance/{id}"               ALL    attendance::roll_pages::one;
        POST "/attendance/{id}/corrections"   BROKER attendance::roll_pages::ask;
        POST "/attendance/{id}/corrections/{correction}/decision" DESK attendance::roll_pages::decide;
        POST "/attendance/{id}/corrections/{correction}/withdrawal" BROKER attendance::roll_pages::withdraw;
        POST "/attendance/{id}/spot-checks"   DESK   attendance::roll_pages::spot;
        GET  "/branch-settings"               DESK_AND_ADMIN attendance::branch_rules_pages::show;
        POST "/branch-settings"               DESK_AND_ADMIN attendance::branch_rules_pages::post;
        GET  "/api/v1/attendance"             ALL    attendance::roll_api::list_attendance;
        GET  "/api/v1/attendance-corrections" ALL    attendance::roll_api::list_corrections;
        POST "/api/v1/attendance-corrections" BROKER attendance::roll_api::create_correction;
        POST "/api/v1/attendance-corrections/{id}/decision" DESK attendance::roll_api::decide_correction;
        POST "/api/v1/attendance-corrections/{id}/withdrawal" BROKER attendance::roll_api::withdraw_correction;
        GET  "/api/v1/spot-checks"            ALL    attendance::roll_api::list_spot_checks;
        POST "/api/v1/spot-checks"            DESK   attendance::roll_api::create_spot_check;
        GET  "/shifts"                        DESK   rota::shift_pages::show;
        POST "/shifts"                        DESK   rota::shift_pages::post;
        POST "/shifts/{id}/deletion"          DESK   rota::shift_pages::delete;
        POST "/api/v1/checkins"               BROKER attendance::api::create_checkin;
        GET  "/api/v1/checkins"               ALL    attendance::api::list_checkins;
        POST "/api/v1/checkins/{id}/review"   DESK   attendance::api::review_checkin;
        POST "/api/v1/checkins/{id}/answer"   BROKER attendance::api::answer_checkin;
        POST "/api/v1/shifts"                 DESK   attendance::api::create_shift;
        GET  "/api/v1/shifts"                 ALL    attendance::api::list_shifts;
        DELETE "/api/v1/shifts/{id}"          DESK   attendance::api::delete_shift;
        // --- the rota: leave and swaps
        GET  "/my-rota"                       BROKER rota::pages::my_rota;
        GET  "/requests"                      DESK   rota::pages::requests;
        GET  "/leaves/new"                    BROKER_AND_DESK rota::pages::new_leave;
        POST "/leaves"                        BROKER_AND_DESK rota::pages::post_leave;
        GET  "/leaves/{id}"                   DESK   rota::pages::show_leave;
        POST "/leaves/{id}/decision"          DESK   rota::pages::decide_leave;
        POST "/leaves/{id}/withdrawal"        BROKER_AND_DESK rota::pages::withdraw_leave;
        GET  "/swaps/new"                     BROKER rota::pages::new_swap;
        POST "/swaps"                         BROKER rota::pages::post_swap;
        POST "/swaps/{id}/answer"             BROKER rota::pages::answer_swap;
        POST "/swaps/{id}/withdrawal"         BROKER rota::pages::withdraw_swap;
        POST "/swaps/{id}/decision"           DESK   rota::pages::decide_swap;
        GET  "/outlets/{id}/unwelcome"        DESK   rota::unwelcome_pages::show;
        POST "/outlets/{id}/unwelcome"        DESK   rota::unwelcome_pages::add;
        POST "/outlets/{id}/unwelcome/{unwelcome}/removal" DESK rota::unwelcome_pages::remove;
        POST "/api/v1/leaves"                 BROKER_AND_DESK rota::api::ask_leave;
        GET  "/api/v1/leaves"                 ALL    rota::api::list_leaves;
        POST "/api/v1/leaves/{id}/decision"   DESK   rota::api::decide_leave;
        POST "/api/v1/leaves/{id}/withdrawal" BROKER_AND_DESK rota::api::withdraw_leave;
        POST "/api/v1/swaps"                  BROKER rota::api::offer_swap;
        GET  "/api/v1/swaps"                  ALL    rota::api::list_swaps;
        POST "/api/v1/swaps/{id}/answer"      BROKER rota::api::answer_swap;
        POST "/api/v1/swaps/{id}/withdrawal"  BROKER rota::api::withdraw_swap;
        POST "/api/v1/swaps/{id}/decision"    DESK   rota::api::decide_swap;
        GET  "/forgotten"                     PUBLIC people::pages::links::show_forgotten;
        POST "/forgotten"                     PUBLIC people::pages::links::forgotten;
        GET  "/invitation/{token}"            PUBLIC people::pages::links::show;
        POST "/invitation/{token}"            PUBLIC people::pages::links::redeem;
        GET  "/account"                       ALL    people::pages::account::show;
        POST "/account/password"              ALL    people::pages::account::change_password;
        POST "/account/language"              ALL    people::pages::account::set_language;
        GET  "/account/second-factor"         ALL    people::pages::account::show_second_factor;
        POST "/account/second-factor"         ALL    people::pages::account::turn_on;
        POST "/account/second-factor/removal" ALL    people::pages::account::turn_off;
        POST "/account/sessions/end"          ALL    people::pages::account::end_other_sessions;
        POST "/account/sessions/{id}/end"     ALL    people::pages::account::end_session;
        GET  "/users"                         ADMIN  people::pages::user_list::list;
        POST "/users"                         ADMIN  people::pages::users::create;
        GET  "/users/new"                     ADMIN  people::pages::users::show_new;
        POST "/users/search"                  ADMIN  people::pages::user_list::search;
        GET  "/users/{id}"                    ADMIN  people::pages::users::show;
        POST "/users/{id}"                    ADMIN  people::pages::users::change;
        POST "/users/{id}/suspension"         ADMIN  people::pages::access::suspend;
        POST "/users/{id}/suspension/end"     ADMIN  people::pages::access::let_in_again;
        POST "/users/{id}/invitation"         ADMIN  people::pages::access::invite;
        POST "/users/{id}/second-factor/removal" ADMIN people::pages::access::reset_second_factor;
        GET  "/branches"                      ADMIN  people::pages::branches::list;
        POST "/branches"                      ADMIN  people::pages::branches::create;
        GET  "/api/v1/users"                  ADMIN  people::api::users::list;
        POST "/api/v1/users"                  ADMIN  people::api::users::create;
        GET  "/api/v1/users/{id}"             ADMIN  people::api::users::one;
        PATCH "/api/v1/users/{id}"            ADMIN  people::api::users::change;
        // --- rota: the board, drafts, publishing
        GET  "/rota"                          DESK   rota::board_pages::show;
        GET  "/rota/cell"                     DESK   rota::board_pages::choose;
        POST "/rota/cells"                    DESK   rota::board_pages::edit;
        POST "/rota/copies"                   DESK   rota::board_pages::copy;
        POST "/rota/undo"                     DESK   rota::board_pages::take_back;
        POST "/rota/drafts"                   DESK   rota::board_pages::begin;
        GET  "/rota/drafts/{id}/changes"      DESK   rota::board_pages::changes;
        POST "/rota/drafts/{id}/undo"         DESK   rota::board_pages::undo;
        POST "/rota/drafts/{id}/redo"         DESK   rota::board_pages::redo;
        POST "/rota/drafts/{id}/publication"  DESK   rota::board_pages::publish;
        POST "/rota/drafts/{id}/withdrawal"   DESK   rota::board_pages::discard;
        GET  "/rota/plans"                    DESK   rota::planning::pages::list;
        POST "/rota/plans"                    DESK   rota::planning::pages::create;
        GET  "/rota/plans/new"                DESK   rota::planning::pages::new;
        GET  "/rota/plans/{id}"               DESK   rota::planning::pages::show;
        GET  "/rota/plans/{id}/part"          DESK   rota::planning::pages::part;
        POST "/rota/plans/{id}/cancellation"  DESK   rota::planning::pages::cancel;
        POST "/rota/plans/{id}/finish"        DESK   rota::planning::pages::finish;
        POST "/rota/plans/{id}/draft"         DESK   rota::planning::pages::draft;
        GET  "/rota/repair"                   DESK   rota::planning::repair_pages::show;
        POST "/rota/repair"                   DESK   rota::planning::repair_pages::take;
        GET  "/rota/conditions"               DESK   rota::planning::condition_pages::show;
        POST "/rota/conditions"               DESK   rota::planning::condition_pages::post;
        GET  "/rota/brokers/{id}"             DESK   rota::planning::broker_pages::show;
        POST "/rota/brokers/{id}"             DESK   rota::planning::broker_pages::post;
        GET  "/rota/outlets/{id}"             DESK   rota::planning::condition_pages::show_outlet;
        POST "/rota/outlets/{id}"             DESK   rota::planning::condition_pages::post_outlet;
        POST "/api/v1/rota-plans"             DESK   rota::planning::api::create;
        GET  "/api/v1/rota-plans"             DESK   rota::planning::api::list;
        GET  "/api/v1/rota-plans/{id}"        DESK   rota::planning::api::show;
        DELETE "/api/v1/rota-plans/{id}"      DESK   rota::planning::api::cancel;
        POST "/api/v1/rota-plans/{id}/finish" DESK   rota::planning::api::finish;
        POST "/api/v1/rota-plans/{id}/draft"  DESK   rota::planning::api::draft;
        GET  "/api/v1/rota-plans/{id}/explanation" DESK rota::planning::api::explanation;
        POST "/api/v1/rota-repairs"           DESK   rota::planning::repair_pages::create;
        POST "/api/v1/rota-drafts"            DESK   rota::draft_api::create;
        GET  "/api/v1/rota-drafts"            DESK   rota::draft_api::list;
        GET  "/api/v1/rota-drafts/{id}"       DESK   rota::draft_api::show;
        DELETE "/api/v1/rota-drafts/{id}"     DESK   rota::draft_api::discard;
        GET  "/api/v1/rota-drafts/{id}/cells" DESK   rota::draft_api::cells;
        PUT  "/api/v1/rota-drafts/{id}/cells" DESK   rota::draft_api::put;
        POST "/api/v1/rota-drafts/{id}/steps" DESK   rota::draft_api::step;
        POST "/api/v1/rota-drafts/{id}/copies" DESK  rota::draft_api::copy;
        GET  "/api/v1/rota-drafts/{id}/changes" DESK rota::draft_api::changes;
        POST "/api/v1/rota-drafts/{id}/publication" DESK rota::draft_api::publish;
        // --- care: follow-ups, hand-overs, merging, people's requests about their data
        GET  "/follow-ups"                    ALL    followups::pages::index;
        POST "/follow-ups/waivers"            DESK   followups::pages::waive;
        GET  "/follow-ups/quality"            ALL    results::quality_pages::show;
        GET  "/follow-ups/quality/people"     ALL    results::quality_pages::people;
        GET  "/api/v1/follow-up-quality"      ALL    results::api::show_quality;
        GET  "/api/v1/follow-ups"             ALL    followups::api::list;
        POST "/api/v1/follow-ups/waivers"     DESK   followups::api::create_waiver;
        GET  "/handovers"                     DESK   prospects::care_pages::show_handover;
        POST "/handovers"                     DESK   prospects::care_pages::post_handover;
        GET  "/merges"                        BROKER_AND_DESK prospects::care_pages::show_merges;
        GET  "/merges/confirmation"           BROKER_AND_DESK prospects::care_pages::ask_merge;
        POST "/merges"                        BROKER_AND_DESK prospects::care_pages::post_merge;
        GET  "/data-requests"                 ADMIN  prospects::care_pages::show_data_requests;
        POST "/data-requests"                 ADMIN  prospects::care_pages::post_data_request;
        POST "/api/v1/handovers"              DESK   prospects::care_api::create_handover;
        POST "/api/v1/prospects/{id}/merges"  BROKER_AND_DESK prospects::care_api::merge;
        POST "/api/v1/prospects/{id}/reveals" ADMIN  prospects::care_api::reveal;
        POST "/api/v1/person-exports"         ADMIN  prospects::care_api::export_person;
        POST "/api/v1/erasures"               ADMIN  prospects::care_api::erase;
        // --- prospects
        GET  "/prospects"                     ALL    prospects::pages::list::show;
        POST "/prospects"                     BROKER prospects::pages::entry::create;
        GET  "/prospects/new"                 BROKER prospects::pages::entry::new;
        GET  "/prospects/export"              ADMIN  prospects::export::pages::show;
        POST "/prospects/export"              ADMIN  prospects::export::pages::post;
        POST "/prospects/search"              ALL    prospects::pages::list::search;
        // What was searched for stands in no address: read again, or in the other language, it is the list.
        GET  "/prospects/search"              ALL    prospects::pages::list::show;
        GET  "/prospects/{id}"                ALL    prospects::pages::one::show;
        POST "/prospects/{id}"                ALL    prospects::pages::entry::update;
        GET  "/prospects/{id}/edit"           ALL    prospects::pages::entry::edit;
        POST "/prospects/{id}/consent-withdrawal" ALL prospects::pages::entry::withdraw_consent;
        POST "/prospects/{id}/touches"        ALL    prospects::pages::touch::create;
        POST "/prospects/{id}/touches/{touch_id}" ALL prospects::pages::touch::update;
        GET  "/prospects/{id}/touches/{touch_id}/edit" ALL prospects::pages::touch::edit;
        POST "/prospects/{id}/touches/{touch_id}/withdrawal" ALL prospects::pages::touch::withdraw;
        POST "/prospects/{id}/stage"          ALL    prospects::pages::one::stage;
        POST "/api/v1/prospects"              BROKER prospects::api::create;
        GET  "/api/v1/prospects"              ALL    prospects::api::index;
        POST "/api/v1/prospect-exports"       ADMIN  prospects::export::pages::create;
        POST "/api/v1/prospects/search"       ALL    prospects::api::search;
        GET  "/api/v1/prospects/{id}"         ALL    prospects::api::show;
        PATCH "/api/v1/prospects/{id}"        ALL    prospects::api::update;
        POST "/api/v1/prospects/{id}/touches" ALL    prospects::api::add_touch;
        PATCH "/api/v1/prospects/{id}/touches/{touch_id}"  ALL prospects::api::update_touch;
        DELETE "/api/v1/prospects/{id}/touches/{touch_id}" ALL prospects::api::withdraw_touch;
        POST "/api/v1/prospects/{id}/stage"   ALL    prospects::api::stage;
        // --- the funnel
        GET  "/funnel"                        ALL    funnel::pages::show;
        GET  "/funnel/people"                 ALL    funnel::pages::people;
        GET  "/api/v1/funnel"                 ALL    funnel::api::show;
        GET  "/my-results"                    BROKER results::mine_pages::show;
        GET  "/api/v1/my-results"             BROKER results::api::show_mine;
        // --- reports
        GET  "/reports"                       MANAGER_AND_ADMIN reports::pages::show;
        GET  "/reports.csv"                   MANAGER_AND_ADMIN reports::pages::csv;
        GET  "/reports.xlsx"                  MANAGER_AND_ADMIN reports::pages::xlsx;
        POST "/reports/schedule"              MANAGER reports::pages::post_schedule;
        GET  "/api/v1/reports"                MANAGER_AND_ADMIN reports::api::show;
        // --- goals: targets
        GET  "/targets"                       ALL    goals::pages::show;
        POST "/targets"                       DESK   goals::table_form::post;
        GET  "/targets/edit"                  DESK   goals::table_form::show;
        POST "/targets/copies"                DESK   goals::pages::copy;
        GET  "/targets/settings"              DESK   goals::setting_pages::show;
        POST "/targets/settings"              DESK   goals::setting_pages::post;
        POST "/targets/tiers"                 DESK   goals::setting_pages::post_tiers;
        GET  "/api/v1/targets"                ALL    goals::api::list;
        POST "/api/v1/targets"                DESK   goals::api::create;
        POST "/api/v1/targets/copies"         DESK   goals::api::copy;
        GET  "/api/v1/targets/progress"       ALL    goals::api::progress;
        PATCH "/api/v1/targets/{id}"          DESK   goals::api::change;
        DELETE "/api/v1/targets/{id}"         DESK   goals::api::remove;
        GET  "/api/v1/goal-settings"          ALL    goals::api::show_settings;
        PUT  "/api/v1/goal-settings"          DESK   goals::api::put_settings;
        GET  "/api/v1/broker-tiers"           DESK_AND_ADMIN goals::api::list_tiers;
        PUT  "/api/v1/broker-tiers/{id}"      DESK   goals::api::put_tier;
        // --- goals: agreements with banks, and what a bank sees of them
        GET  "/agreements"                    DESK_AND_ADMIN goals::agreement_pages::list;
        POST "/agreements"                    DESK   goals::agreement_pages::create;
        GET  "/agreements/new"                DESK   goals::agreement_pages::show_new;
        GET  "/agreements/{id}"               DESK_AND_ADMIN goals::agreement_pages::show;
        GET  "/agreements/{id}/report"        DESK_AND_ADMIN goals::partner_pages::report;
        POST "/agreements/{id}/end"           DESK   goals::agreement_pages::end;
        POST "/agreements/{id}/entries"       DESK   goals::agreement_pages::add_entry;
        POST "/agreements/{id}/entries/{entry}/correction" DESK goals::agreement_pages::correct_entry;
        POST "/agreements/{id}/misses/{miss}/explanation" DESK goals::agreement_pages::explain;
        GET  "/outlets/{id}/partner-links"    DESK   goals::partner_pages::links;
        POST "/outlets/{id}/partner-links"    DESK   goals::partner_pages::make;
        POST "/outlets/{id}/partner-links/{link}/revocation" DESK goals::partner_pages::revoke;
        GET  "/partners/{token}"              PUBLIC goals::partner_pages::serve;
        GET  "/api/v1/agreements"             DESK_AND_ADMIN goals::agreement_api::list;
        POST "/api/v1/agreements"             DESK   goals::agreement_api::create;
        GET  "/api/v1/agreements/{id}"        DESK_AND_ADMIN goals::agreement_api::show;
        POST "/api/v1/agreements/{id}/end"    DESK   goals::agreement_api::end;
        GET  "/api/v1/agreements/{id}/entries" DESK_AND_ADMIN goals::agreement_api::list_entries;
        POST "/api/v1/agreements/{id}/entries" DESK  goals::agreement_api::add_entry;
        POST "/api/v1/agreements/{id}/misses/{miss}/explanation" DESK goals::agreement_api::explain;
        GET  "/api/v1/outlets/{id}/partner-links" DESK goals::agreement_api::list_links;
        POST "/api/v1/outlets/{id}/partner-links" DESK goals::agreement_api::create_link;
        DELETE "/api/v1/outlets/{id}/partner-links/{link}" DESK goals::agreement_api::end_link;
        // --- mail
        GET  "/mail"                          ADMIN  mail::pages::show;
        POST "/mail/tests"                    ADMIN  mail::pages::send_test;
        GET  "/mail/{id}"                     ADMIN  mail::pages::show_one;
        POST "/mail/{id}/tries"               ADMIN  mail::pages::try_again;
        POST "/mail/{id}/withdrawal"          ADMIN  mail::pages::give_up;
    }
}

/// Serves the table.
pub fn configure(config: &mut web::ServiceConfig) {
    config.default_service(Dispatch);
}

/// A path of the table and its lines.
pub struct Pattern {
    /// The path as the table has it.
    pub path: &'static str,
    /// Where its lines stand in the table.
    lines: Vec<usize>,
}

impl Pattern {
    /// The line for a method and where it stands; HEAD is answered as GET.
    pub fn entry(&self, method: &Method) -> Option<(usize, &'static Entry)> {
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        self.lines().find(|(_, entry)| entry.method == wanted)
    }

    /// The methods it knows.
    pub fn methods(&self) -> impl Iterator<Item = &'static Method> {
        self.lines().map(|(_, entry)| &entry.method)
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &'static Entry)> {
        self.lines.iter().map(|number| (*number, &SERVED.table[*number]))
    }
}

/// The pattern that a path fits, and what stands in the path where the pattern has a name, still percent-encoded where the path was. What is spelled out
/// comes before what is named.
pub fn find(path: &str) -> Option<Match<'static, '_, &'static Pattern>> {
    SERVED.tree.at(path).ok()
}

/// The table's lines, in order.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    SERVED.table.iter()
}

struct Served {
    table: Vec<Entry>,
    tree: matchit::Router<Pattern>,
}

static SERVED: LazyLock<Served> = LazyLock::new(|| {
    let table = table();
    let mut lines: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for (number, entry) in table.iter().enumerate() {
        lines.entry(entry.path).or_default().push(number);
    }
    let mut tree = matchit::Router::new();
    for (path, lines) in lines {
        #[expect(clippy::expect_used, reason = "a fault of the table above, which every test meets")]
        tree.insert(path, Pattern { path, lines }).expect("two patterns that cannot be told apart");
    }
    Served { table, tree }
});

/// Where calendar programs read: the answer says itself how long it may be kept.
pub const FEED: &str = "/calendars/feeds/{token}.ics";

/// Where a partner at a bank reads, by a secret in the address: no other address may learn of it, and no search engine may list it.
pub const PARTNER: &str = "/partners/{token}";

/// Whether a route serves somebody who must set up a second factor before anything else.
pub fn sets_up(path: &str) -> bool {
    matches!(path, "/account/second-factor" | "/sign-out" | "/api/v1/sessions/current")
}
