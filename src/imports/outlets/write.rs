//! Writes planned outlets. New rows go in batches, without their parents, which may come later in the file; then the parents.

use std::collections::HashMap;

use diesel::prelude::*;
use serde_json::json;

use super::draft::Draft;
use crate::audit::{self, Subject};
use crate::db::schema::{banks, outlet_hours, outlet_phases, outlets};
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::on_either;
use crate::outlets::banks as bank_rules;
use crate::outlets::naming::Tier;
use crate::outlets::phase::Phase;
use crate::outlets::store;
use crate::people::Caller;
use crate::place::Datum;
use crate::text::fold;

/// Rows of one statement: PostgreSQL takes at most 65,535 values.
const BATCH: usize = 500;

#[derive(Insertable)]
#[diesel(table_name = outlets, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: Id,
    code: &'a str,
    name: &'a str,
    name_folded: String,
    search_text: String,
    branch_id: Id,
    bank_id: Option<Id>,
    tier: Option<Tier>,
    phase: Phase,
    grade: Option<&'a str>,
    lat: Option<f64>,
    lon: Option<f64>,
    datum: Datum,
    given_lat: Option<f64>,
    given_lon: Option<f64>,
    radius_m: i32,
    footfall: Option<i32>,
    assets_fen: Option<i64>,
    assets_at: Option<At>,
    address: &'a str,
    district: &'a str,
    phone: &'a str,
    created_at: At,
    updated_at: At,
}

#[derive(Insertable)]
#[diesel(table_name = outlet_phases, treat_none_as_default_value = false)]
struct NewPhase {
    id: Id,
    outlet_id: Id,
    phase: Phase,
    by_user: Option<Id>,
    at: At,
}

/// Writes banks, outlets, hours, phases and the audit entries.
///
/// # Errors
/// What the database says.
pub fn apply(
    conn: &mut Conn,
    caller: &Caller,
    new_banks: &[(Id, String)],
    bank_names: &HashMap<Id, String>,
    drafts: &[Draft],
) -> Result<()> {
    for (id, name) in new_banks {
        diesel::insert_into(banks::table)
            .values((
                banks::id.eq(id),
                banks::name.eq(name),
                banks::name_folded.eq(bank_rules::key(name)),
                banks::kind.eq(bank_rules::kind_of(name).map(bank_rules::BankKind::as_str)),
                banks::created_at.eq(caller.now),
            ))
            .execute(conn)?;
    }
    let (new, there): (Vec<&Draft>, Vec<&Draft>) = drafts.iter().partition(|d| d.is_new);
    for batch in new.chunks(BATCH) {
        add(conn, caller, bank_names, batch)?;
    }
    for draft in new.iter().filter(|d| d.outlet.parent_id.is_some()) {
        diesel::update(outlets::table.find(draft.outlet.id))
            .set(outlets::parent_id.eq(draft.outlet.parent_id))
            .execute(conn)?;
    }
    for draft in there.iter().filter(|d| d.is_changed) {
        change(conn, caller, draft)?;
    }
    for draft in drafts {
        if let Some(hours) = &draft.hours {
            diesel::delete(outlet_hours::table.filter(outlet_hours::outlet_id.eq(draft.outlet.id))).execute(conn)?;
            store::write_opening(conn, draft.outlet.id, hours)?;
        }
        if draft.is_new || draft.is_changed {
            let subject = Subject::new("outlet", draft.outlet.id, Some(draft.outlet.branch_id));
            audit::record(conn, caller, "outlet.import", subject, json!({ "row": draft.row, "new": draft.is_new }))?;
        }
    }
    Ok(())
}

fn add(conn: &mut Conn, caller: &Caller, bank_names: &HashMap<Id, String>, batch: &[&Draft]) -> Result<()> {
    let rows: Vec<NewRow<'_>> = batch
        .iter()
        .map(|draft| {
            let outlet = &draft.outlet;
            let bank = outlet.bank_id.and_then(|id| bank_names.get(&id)).map_or("", String::as_str);
            NewRow {
                id: outlet.id,
                code: &outlet.code,
                name: &outlet.name,
                name_folded: fold(&outlet.name),
                search_text: store::search_text(&outlet.code, &outlet.name, bank, &outlet.address, &outlet.district),
                branch_id: outlet.branch_id,
                bank_id: outlet.bank_id,
                tier: outlet.tier,
                phase: outlet.phase,
                grade: outlet.grade.as_deref(),
                lat: outlet.lat,
                lon: outlet.lon,
                datum: outlet.datum,
                given_lat: outlet.given_lat,
                given_lon: outlet.given_lon,
                radius_m: outlet.radius_m,
                footfall: outlet.footfall,
                assets_fen: outlet.assets_fen,
                assets_at: outlet.assets_fen.map(|_| caller.now),
                address: &outlet.address,
                district: &outlet.district,
                phone: &outlet.phone,
                created_at: caller.now,
                updated_at: caller.now,
            }
        })
        .collect();
    on_either!(conn, c => diesel::insert_into(outlets::table).values(&rows).execute(c))?;
    let by_user = caller.user.as_ref().map(|u| u.id);
    let phases: Vec<NewPhase> = batch
        .iter()
        .map(|d| NewPhase { id: Id::new(), outlet_id: d.outlet.id, phase: d.outlet.phase, by_user, at: caller.now })
        .collect();
    on_either!(conn, c => diesel::insert_into(outlet_phases::table).values(&phases).execute(c))?;
    Ok(())
}

fn change(conn: &mut Conn, caller: &Caller, draft: &Draft) -> Result<()> {
    let mut outlet = draft.outlet.clone();
    outlet.version += 1;
    outlet.updated_at = caller.now;
    outlet.assets_at = outlet.assets_at.or(outlet.assets_fen.map(|_| caller.now));
    store::write_row(conn, &outlet)?;
    if let Some(phase) = draft.moves {
        store::add_phase(conn, caller, outlet.id, phase, "", caller.now)?;
    }
    Ok(())
}
