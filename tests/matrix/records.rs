//! One record of every kind, for the addresses of the matrix.

use bankside::db::schema::*;
use bankside::db::{At, Conn, Id};
use bankside::error::Result;
use bankside::keys::{Keys, new_token, token_hash};
use bankside::people::Role;
use chrono::Duration;
use diesel::prelude::*;

use super::{Kind, Records};
use crate::support::id;

/// One record of every kind, in a branch and of a broker.
pub fn arrange(conn: &mut Conn, keys: &Keys, now: At, branch: Id, broker: Id) -> Result<Records> {
    let outlet = outlet(conn, now, branch)?;
    let shift = Id::new();
    let date = now.date_in(chrono_tz::Asia::Shanghai);
    diesel::insert_into(shifts::table)
        .values((
            shifts::id.eq(shift),
            shifts::branch_id.eq(branch),
            shifts::outlet_id.eq(outlet),
            shifts::broker_id.eq(broker),
            shifts::date.eq(date),
            shifts::starts_at.eq(now - Duration::hours(1)),
            shifts::ends_at.eq(now + Duration::hours(7)),
            shifts::created_at.eq(now),
        ))
        .execute(conn)?;
    let mut records = Records::from([
        (Kind::Outlet, outlet.to_string()),
        (Kind::Contact, contact(conn, now, outlet)?.to_string()),
        (Kind::Closure, closure(conn, now, outlet)?.to_string()),
        (Kind::Shift, shift.to_string()),
        (Kind::Attended, shift.to_string()),
        (Kind::Correction, correction(conn, now, branch, broker, shift)?.to_string()),
        (Kind::Draft, draft(conn, now, branch, broker)?.to_string()),
        (Kind::Plan, plan(conn, now, branch, broker)?.to_string()),
        (Kind::CheckIn, check_in(conn, now, branch, broker, outlet, shift)?.to_string()),
        (Kind::User, user(conn, now, branch)?.to_string()),
        (Kind::Leave, leave(conn, now, branch, broker)?.to_string()),
        (Kind::Swap, swap(conn, now, branch, broker, shift)?.to_string()),
        (Kind::Unwelcome, unwelcome_row(conn, now, branch, outlet, broker)?.to_string()),
        (Kind::Session, session(conn, now, broker)?.to_string()),
        (Kind::Invitation, invitation(conn, now, broker)?),
        (Kind::Upload, id()),
        (Kind::Feed, id()),
        (Kind::FeedSecret, "none.ics".into()),
        (Kind::Mail, mail(conn, keys, now)?.to_string()),
        (Kind::AssetHash, "000000000000".into()),
        (Kind::AssetName, "app.css".into()),
        (Kind::Target, target(conn, now, branch, broker)?.to_string()),
        (Kind::PartnerLink, id()),
        (Kind::PartnerSecret, "none".into()),
    ]);
    records.extend(agreement(conn, now, branch, outlet, broker)?);
    records.extend(prospect(conn, now, branch, broker, outlet)?);
    let twin = prospect(conn, now, branch, broker, outlet)?.remove(&Kind::Prospect);
    records.extend(twin.map(|id| (Kind::Twin, id)));
    Ok(records)
}

fn outlet(conn: &mut Conn, now: At, branch: Id) -> Result<Id> {
    let id = Id::new();
    diesel::insert_into(outlets::table)
        .values((
            outlets::id.eq(id),
            outlets::code.eq(format!("O{}", id.0.simple())),
            outlets::name.eq("Nandajie"),
            outlets::name_folded.eq("nandajie"),
            outlets::search_text.eq("nandajie"),
            outlets::branch_id.eq(branch),
            outlets::phase.eq("prospecting"),
            outlets::lat.eq(34.25),
            outlets::lon.eq(108.94),
            outlets::created_at.eq(now),
            outlets::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

/// An open one of this week.
fn draft(conn: &mut Conn, now: At, branch: Id, broker: Id) -> Result<Id> {
    let (id, date) = (Id::new(), now.date_in(chrono_tz::Asia::Shanghai));
    diesel::insert_into(rota_drafts::table)
        .values((
            rota_drafts::id.eq(id),
            rota_drafts::branch_id.eq(branch),
            rota_drafts::from_date.eq(date),
            rota_drafts::to_date.eq(date + Duration::days(6)),
            rota_drafts::state.eq("open"),
            rota_drafts::created_by.eq(broker),
            rota_drafts::created_at.eq(now),
            rota_drafts::changed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

/// The branch's own of this month.
fn target(conn: &mut Conn, now: At, branch: Id, by: Id) -> Result<Id> {
    let (id, date) = (Id::new(), now.date_in(chrono_tz::Asia::Shanghai));
    diesel::insert_into(targets::table)
        .values((
            targets::id.eq(id),
            targets::branch_id.eq(branch),
            targets::from_date.eq(date),
            targets::to_date.eq(date + Duration::days(6)),
            targets::subject.eq("broker"),
            targets::member.eq(by.to_string()),
            targets::measure.eq("accounts_opened"),
            targets::value.eq(20),
            targets::set_by.eq(by),
            targets::set_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

/// An agreement with an entry and a miss.
fn agreement(conn: &mut Conn, now: At, branch: Id, outlet: Id, by: Id) -> Result<Vec<(Kind, String)>> {
    let (agreement, line, entry, miss) = (Id::new(), Id::new(), Id::new(), Id::new());
    let date = now.date_in(chrono_tz::Asia::Shanghai);
    diesel::insert_into(agreements::table)
        .values((
            agreements::id.eq(agreement),
            agreements::branch_id.eq(branch),
            agreements::outlet_id.eq(outlet),
            agreements::from_date.eq(date),
            agreements::to_date.eq(date + Duration::days(30)),
            agreements::created_by.eq(by),
            agreements::created_at.eq(now),
        ))
        .execute(conn)?;
    diesel::insert_into(agreement_lines::table)
        .values((
            agreement_lines::id.eq(line),
            agreement_lines::agreement_id.eq(agreement),
            agreement_lines::number.eq(1),
            agreement_lines::side.eq("ours"),
            agreement_lines::measure.eq("cards"),
            agreement_lines::way.eq("entered"),
            agreement_lines::target.eq(20),
        ))
        .execute(conn)?;
    diesel::insert_into(agreement_entries::table)
        .values((
            agreement_entries::id.eq(entry),
            agreement_entries::agreement_id.eq(agreement),
            agreement_entries::line_id.eq(line),
            agreement_entries::on_date.eq(date),
            agreement_entries::value.eq(3),
            agreement_entries::source.eq("hand"),
            agreement_entries::at.eq(now),
        ))
        .execute(conn)?;
    diesel::insert_into(agreement_misses::table)
        .values((
            agreement_misses::id.eq(miss),
            agreement_misses::branch_id.eq(branch),
            agreement_misses::agreement_id.eq(agreement),
            agreement_misses::line_id.eq(line),
            agreement_misses::kind.eq("behind"),
            agreement_misses::noticed_on.eq(date),
            agreement_misses::done.eq(3),
        ))
        .execute(conn)?;
    let ids = [(Kind::Agreement, agreement), (Kind::Entered, entry), (Kind::Miss, miss)];
    Ok(ids.into_iter().map(|(kind, id)| (kind, id.to_string())).collect())
}

/// One that a person ended.
fn plan(conn: &mut Conn, now: At, branch: Id, broker: Id) -> Result<Id> {
    let (id, date) = (Id::new(), now.date_in(chrono_tz::Asia::Shanghai));
    diesel::insert_into(rota_plans::table)
        .values((
            rota_plans::id.eq(id),
            rota_plans::branch_id.eq(branch),
            rota_plans::from_date.eq(date),
            rota_plans::to_date.eq(date),
            rota_plans::state.eq("cancelled"),
            rota_plans::keep.eq("all"),
            rota_plans::weights
                .eq(serde_json::to_string(&bankside::rota::planning::weights::Weights::default()).unwrap()),
            rota_plans::change_cost.eq(0),
            rota_plans::seconds.eq(60),
            rota_plans::seed.eq(1),
            rota_plans::server.eq(Id::new()),
            rota_plans::lease_until.eq(now),
            rota_plans::by_user.eq(broker),
            rota_plans::started_at.eq(now),
            rota_plans::finished_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

fn contact(conn: &mut Conn, now: At, outlet: Id) -> Result<Id> {
    let id = Id::new();
    diesel::insert_into(contacts::table)
        .values((
            contacts::id.eq(id),
            contacts::outlet_id.eq(outlet),
            contacts::name.eq("Zhou"),
            contacts::name_folded.eq("zhou"),
            contacts::role.eq("lobby_manager"),
            contacts::created_at.eq(now),
            contacts::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

fn closure(conn: &mut Conn, now: At, outlet: Id) -> Result<Id> {
    let (id, date) = (Id::new(), now.date_in(chrono_tz::Asia::Shanghai) + Duration::days(30));
    diesel::insert_into(outlet_closures::table)
        .values((
            outlet_closures::id.eq(id),
            outlet_closures::outlet_id.eq(outlet),
            outlet_closures::from_date.eq(date),
            outlet_closures::to_date.eq(date),
        ))
        .execute(conn)?;
    Ok(id)
}

fn check_in(conn: &mut Conn, now: At, branch: Id, broker: Id, outlet: Id, shift: Id) -> Result<Id> {
    let id = Id::new();
    diesel::insert_into(checkins::table)
        .values((
            checkins::id.eq(id),
            checkins::branch_id.eq(branch),
            checkins::broker_id.eq(broker),
            checkins::outlet_id.eq(outlet),
            checkins::shift_id.eq(shift),
            checkins::kind.eq("in"),
            checkins::at.eq(now),
            checkins::date.eq(now.date_in(chrono_tz::Asia::Shanghai)),
            checkins::received_at.eq(now),
            checkins::offline.eq(false),
            checkins::datum.eq("wgs84"),
            checkins::reason.eq("no signal"),
            checkins::verdict.eq("uncertain"),
            checkins::flags.eq("[]"),
            checkins::review.eq("waiting"),
        ))
        .execute(conn)?;
    Ok(id)
}

fn correction(conn: &mut Conn, now: At, branch: Id, broker: Id, shift: Id) -> Result<Id> {
    let id = Id::new();
    diesel::insert_into(attendance_corrections::table)
        .values((
            attendance_corrections::id.eq(id),
            attendance_corrections::branch_id.eq(branch),
            attendance_corrections::shift_id.eq(shift),
            attendance_corrections::broker_id.eq(broker),
            attendance_corrections::date.eq(now.date_in(chrono_tz::Asia::Shanghai)),
            attendance_corrections::in_at.eq(now),
            attendance_corrections::reason.eq("flat battery"),
            attendance_corrections::state.eq("asked"),
            attendance_corrections::asked_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

fn leave(conn: &mut Conn, now: At, branch: Id, broker: Id) -> Result<Id> {
    let (id, date) = (Id::new(), now.date_in(chrono_tz::Asia::Shanghai) + Duration::days(40));
    diesel::insert_into(leaves::table)
        .values((
            leaves::id.eq(id),
            leaves::branch_id.eq(branch),
            leaves::broker_id.eq(broker),
            leaves::from_date.eq(date),
            leaves::to_date.eq(date),
            leaves::kind.eq("annual"),
            leaves::state.eq("asked"),
            leaves::asked_by.eq(broker),
            leaves::asked_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

fn swap(conn: &mut Conn, now: At, branch: Id, broker: Id, shift: Id) -> Result<Id> {
    let (id, taker) = (Id::new(), user(conn, now, branch)?);
    diesel::insert_into(swaps::table)
        .values((
            swaps::id.eq(id),
            swaps::branch_id.eq(branch),
            swaps::shift_id.eq(shift),
            swaps::date.eq(now.date_in(chrono_tz::Asia::Shanghai)),
            swaps::from_broker_id.eq(broker),
            swaps::to_broker_id.eq(taker),
            swaps::state.eq("taken"),
            swaps::offered_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

fn unwelcome_row(conn: &mut Conn, now: At, branch: Id, outlet: Id, broker: Id) -> Result<Id> {
    let id = Id::new();
    diesel::insert_into(unwelcome::table)
        .values((
            unwelcome::id.eq(id),
            unwelcome::branch_id.eq(branch),
            unwelcome::outlet_id.eq(outlet),
            unwelcome::broker_id.eq(broker),
            unwelcome::from_date.eq(now.date_in(chrono_tz::Asia::Shanghai) + Duration::days(60)),
            unwelcome::by_user.eq(broker),
            unwelcome::at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Somebody besides those who ask, so that what is done to them stops nobody from asking.
fn user(conn: &mut Conn, now: At, branch: Id) -> Result<Id> {
    let id = Id::new();
    diesel::insert_into(users::table)
        .values((
            users::id.eq(id),
            users::login.eq(id.to_string()),
            users::name.eq("Li"),
            users::role.eq(Role::Broker),
            users::branch_id.eq(branch),
            users::created_at.eq(now),
            users::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

fn session(conn: &mut Conn, now: At, user: Id) -> Result<Id> {
    let id = Id::new();
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::token_hash.eq(token_hash(&new_token())),
            sessions::user_id.eq(user),
            sessions::user_agent.eq("test"),
            sessions::address.eq("127.0.0.1"),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::expires_at.eq(now + Duration::hours(1)),
        ))
        .execute(conn)?;
    Ok(id)
}

fn invitation(conn: &mut Conn, now: At, user: Id) -> Result<String> {
    let token = new_token();
    diesel::insert_into(invitations::table)
        .values((
            invitations::token_hash.eq(token_hash(&token)),
            invitations::user_id.eq(user),
            invitations::kind.eq("invitation"),
            invitations::created_at.eq(now),
            invitations::expires_at.eq(now + Duration::hours(1)),
        ))
        .execute(conn)?;
    Ok(token)
}

fn mail(conn: &mut Conn, keys: &Keys, now: At) -> Result<Id> {
    let id = Id::new();
    diesel::insert_into(mails::table)
        .values((
            mails::id.eq(id),
            mails::kind.eq("digest"),
            mails::to_address.eq("li@example.com"),
            mails::day.eq(now.date_in(chrono_tz::Asia::Shanghai)),
            mails::subject.eq("Today"),
            mails::body.eq(keys.seal("mail", br#"{"text":"x","html":"<p>x</p>"}"#)?),
            mails::message_id.eq(id.to_string()),
            mails::state.eq("waiting"),
            mails::next_try_at.eq(now),
            mails::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

fn prospect(conn: &mut Conn, now: At, branch: Id, broker: Id, outlet: Id) -> Result<Records> {
    let (prospect, touch, follow_up) = (Id::new(), Id::new(), Id::new());
    let (met_at, met_on) = (now - Duration::hours(30), (now - Duration::hours(30)).date_in(chrono_tz::Asia::Shanghai));
    diesel::insert_into(prospects::table)
        .values((
            prospects::id.eq(prospect),
            prospects::branch_id.eq(branch),
            prospects::broker_id.eq(broker),
            prospects::met_by.eq(broker),
            prospects::name.eq("Wang"),
            prospects::name_folded.eq("wang"),
            prospects::met_at.eq(met_at),
            prospects::met_on.eq(met_on),
            prospects::source.eq("on_site"),
            prospects::preferred_channel.eq("call"),
            prospects::outlet_id.eq(outlet),
            prospects::stage.eq("met"),
            prospects::stage_at.eq(met_at),
            prospects::created_at.eq(met_at),
            prospects::updated_at.eq(met_at),
        ))
        .execute(conn)?;
    diesel::insert_into(stage_changes::table)
        .values((
            stage_changes::id.eq(Id::new()),
            stage_changes::prospect_id.eq(prospect),
            stage_changes::number.eq(1),
            stage_changes::to_stage.eq("met"),
            stage_changes::at.eq(met_at),
            stage_changes::by_user.eq(broker),
            stage_changes::recorded_at.eq(met_at),
        ))
        .execute(conn)?;
    diesel::insert_into(touches::table)
        .values((
            touches::id.eq(touch),
            touches::prospect_id.eq(prospect),
            touches::by_user.eq(broker),
            touches::channel.eq("call"),
            touches::outcome.eq("no_answer"),
            touches::at.eq(now - Duration::hours(1)),
            touches::created_at.eq(now - Duration::hours(1)),
        ))
        .execute(conn)?;
    diesel::insert_into(follow_ups::table)
        .values((
            follow_ups::id.eq(follow_up),
            follow_ups::prospect_id.eq(prospect),
            follow_ups::branch_id.eq(branch),
            follow_ups::broker_id.eq(broker),
            follow_ups::number.eq(1),
            follow_ups::starts_at.eq(met_at),
            follow_ups::due_on.eq(met_on + Duration::days(3)),
            follow_ups::created_at.eq(met_at),
        ))
        .execute(conn)?;
    let ids = [(Kind::Prospect, prospect), (Kind::Touch, touch), (Kind::FollowUp, follow_up)];
    Ok(ids.into_iter().map(|(kind, id)| (kind, id.to_string())).collect())
}
