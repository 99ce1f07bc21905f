//! Targets against the time, promises between a branch and a bank, and what the bank sees of them.

mod agreements;
mod importing;
mod partner;
mod targets;

use bankside::db::Id;
use bankside::db::schema::{audit_entries, banks, outlets};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::prospects::{add, body, path, with};
use crate::support::{Person, TestApp, id};

/// How often something stands in the trail.
pub fn audited(app: &TestApp, action: &'static str) -> i64 {
    app.arrange(move |conn| {
        Ok(audit_entries::table.filter(audit_entries::action.eq(action)).count().get_result(conn)?)
    })
}

/// Somebody met at a moment, who came as far as custody at another.
pub async fn signed(app: &TestApp, broker: &Person, outlet: Id, met_at: &str, signed_at: &str) -> Value {
    let sent = with(body(), json!({ "outlet_id": outlet, "met_at": met_at }));
    let met = add(app, broker, sent).await;
    let stage = json!({ "stage": "custody_signed", "at": signed_at });
    app.post(&format!("{}/stage", path(&met)), broker, stage).await.expect(200);
    met
}

/// Gives an outlet a bank and a grade.
pub fn dress(app: &TestApp, outlet: Id, bank: &'static str, grade: &'static str) {
    let now = app.now();
    app.arrange(move |conn| {
        let there: Option<Id> = banks::table.filter(banks::name.eq(bank)).select(banks::id).first(conn).optional()?;
        let of = there.unwrap_or_default();
        if there.is_none() {
            diesel::insert_into(banks::table)
                .values((
                    banks::id.eq(of),
                    banks::name.eq(bank),
                    banks::name_folded.eq(bankside::outlets::banks::key(bank)),
                    banks::created_at.eq(now),
                ))
                .execute(conn)?;
        }
        diesel::update(outlets::table.find(outlet))
            .set((outlets::bank_id.eq(of), outlets::grade.eq(grade)))
            .execute(conn)?;
        Ok(())
    });
}

/// A target as it is sent, with what is to differ.
pub fn target(subject: &str, member: Option<String>, measure: &str, value: i64) -> Value {
    json!({
        "id": id(), "subject": subject, "member": member, "from": "2026-11-01", "to": "2026-11-30", "measure": measure,
        "value": value,
    })
}
