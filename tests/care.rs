//! Care for the people met: follow-up lists, waivers, hand-overs, merging, exports, erasures, imports.

mod data_requests;
mod follow_ups;
mod handovers;
mod imports;
mod merges;

use bankside::db::schema::{audit_entries, branches, consents, prospects, touches};
use bankside::db::{At, Id};
use bankside::followups::store::{self as follow_up_store, ProspectKeys};
use bankside::people::{Caller, Role};
use bankside::prospects::store::{mobile_hash, seal_mobile};
use bankside::text::mobile::Mobile;
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::support::{Person, Reply, TestApp};

fn at(text: &str) -> At {
    At::from(text.parse::<DateTime<Utc>>().unwrap())
}

/// Arranges a prospect met by `broker` at `met_at`, with its follow-up.
fn prospect(app: &TestApp, broker: &Person, name: &str, mobile: Option<&str>, met_at: &str) -> Id {
    let (id, broker, name, met_at, keys) =
        (Id::new(), broker.clone(), name.to_owned(), at(met_at), app.app.keys.clone());
    let mobile = mobile.map(|m| Mobile::parse(m).unwrap());
    app.arrange(move |conn| {
        let branch = broker.branch.unwrap();
        let zone: String = branches::table.find(branch).select(branches::time_zone).first(conn)?;
        let zone: chrono_tz::Tz = zone.parse().unwrap();
        let stage = if mobile.is_some() { "reachable" } else { "met" };
        diesel::insert_into(prospects::table)
            .values((
                (
                    prospects::id.eq(id),
                    prospects::branch_id.eq(branch),
                    prospects::broker_id.eq(broker.id),
                    prospects::met_by.eq(broker.id),
                    prospects::name.eq(&name),
                    prospects::name_folded.eq(bankside::text::fold(&name)),
                    prospects::mobile.eq(mobile.as_ref().map(|m| seal_mobile(&keys, m)).transpose()?),
                    prospects::mobile_hash.eq(mobile.as_ref().map(|m| mobile_hash(&keys, m))),
                    prospects::met_at.eq(met_at),
                    prospects::met_on.eq(met_at.date_in(zone)),
                    prospects::source.eq("on_site"),
                    prospects::preferred_channel.eq("sms"),
                ),
                (
                    prospects::note.eq("likes gold"),
                    prospects::stage.eq(stage),
                    prospects::stage_at.eq(met_at),
                    prospects::created_at.eq(met_at),
                    prospects::updated_at.eq(met_at),
                ),
            ))
            .execute(conn)?;
        diesel::insert_into(consents::table)
            .values((
                consents::id.eq(Id::new()),
                consents::prospect_id.eq(id),
                consents::given_at.eq(met_at),
                consents::purpose.eq("account opening"),
                consents::text_version.eq("1"),
                consents::way.eq("said"),
                consents::recorded_by.eq(broker.id),
                consents::recorded_at.eq(met_at),
            ))
            .execute(conn)?;
        let keys = ProspectKeys { id, branch_id: branch, broker_id: broker.id };
        follow_up_store::begin(conn, &keys, met_at, zone, met_at)?;
        Ok(id)
    })
}

/// Arranges a touch and lets it count.
fn touch(app: &TestApp, prospect: Id, by: &Person, channel: &str, outcome: &str, when: &str) -> Id {
    let (id, by, channel, outcome, when) = (Id::new(), by.id, channel.to_owned(), outcome.to_owned(), at(when));
    app.arrange(move |conn| {
        diesel::insert_into(touches::table)
            .values((
                touches::id.eq(id),
                touches::prospect_id.eq(prospect),
                touches::by_user.eq(by),
                touches::channel.eq(channel),
                touches::outcome.eq(outcome),
                touches::at.eq(when),
                touches::note.eq("said yes to Zhang"),
                touches::created_at.eq(when),
            ))
            .execute(conn)?;
        follow_up_store::recompute(conn, &Caller::program(when), prospect)?;
        Ok(id)
    })
}

fn audited(app: &TestApp, action: &'static str) -> i64 {
    app.arrange(move |conn| {
        Ok(audit_entries::table.filter(audit_entries::action.eq(action)).count().get_result(conn)?)
    })
}

fn names(reply: &Reply) -> Vec<String> {
    reply.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| format!("{} {}", i["prospect"]["name"].as_str().unwrap(), i["state"].as_str().unwrap()))
        .collect()
}

/// A branch with two brokers and a coordinator; another branch with its own.
struct World {
    app: TestApp,
    li: Person,
    wang: Person,
    desk: Person,
    elsewhere: Person,
    other_desk: Person,
    head: Person,
    admin: Person,
}

fn world() -> World {
    let app = TestApp::new();
    let (here, there) = (app.branch("XA01"), app.branch("BJ01"));
    World {
        li: app.broker("li", here),
        wang: app.broker("wang", here),
        desk: app.coordinator("desk", here),
        elsewhere: app.broker("elsewhere", there),
        other_desk: app.manager("boss", there),
        head: app.person("head", Role::Manager, None),
        admin: app.admin("root"),
        app,
    }
}
