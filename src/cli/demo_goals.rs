//! What the demo's people set out to do: targets of this month, and what the branch and two of its outlets promised each other for this quarter.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::goals::agreements::{self, NewAgreement};
use crate::goals::entries::{self, NewEntry};
use crate::goals::period::Period;
use crate::goals::settings::{self, Tier};
use crate::goals::targets::{self, NewTarget};
use crate::keys::Keys;
use crate::people::Caller;

/// Fills through the verbs, as the coordinator of the branch.
///
/// # Errors
/// What the verbs say.
pub fn fill(conn: &mut Conn, keys: &Keys, coordinator: &Caller, outlets: &[Id], brokers: &[Id]) -> Result<()> {
    let today = coordinator.now.date_in(coordinator.user()?.zone());
    for (broker, tier) in brokers.iter().zip(Tier::ALL.iter().cycle()) {
        settings::set_tier(conn, coordinator, *broker, Some(*tier))?;
    }
    let month = Period::month_of(today);
    let mut set = |subject: &str, member: Option<String>, measure: &str, value: i64| {
        let body = json!({
            "id": Id::new(), "subject": subject, "member": member, "from": month.from, "to": month.to, "measure": measure,
            "value": value,
        });
        targets::create(conn, keys, coordinator, &NewTarget::parse(&input(body)?)?).map(drop)
    };
    for (measure, value) in [("prospects_met", 36), ("contacted_share", 90), ("custody_signed", 6), ("trading", 2)] {
        set("branch", None, measure, value)?;
    }
    for (tier, met, opened) in [(Tier::New, 6, 1), (Tier::Regular, 8, 2), (Tier::Senior, 10, 3)] {
        set("tier", Some(tier.to_string()), "prospects_met", met)?;
        set("tier", Some(tier.to_string()), "accounts_opened", opened)?;
    }
    for outlet in outlets {
        set("outlet", Some(outlet.to_string()), "prospects_met", 5)?;
    }
    outlets.iter().take(2).try_for_each(|outlet| agreement(conn, keys, coordinator, *outlet))
}

fn agreement(conn: &mut Conn, keys: &Keys, coordinator: &Caller, outlet: Id) -> Result<()> {
    let quarter = Period::quarter_of(coordinator.now.date_in(coordinator.user()?.zone()));
    let promise =
        |side: &str, measure: &str, target: i64| json!({ "side": side, "measure": measure, "target": target });
    let body = json!({
        "id": Id::new(), "outlet_id": outlet, "from": quarter.from, "to": quarter.to,
        "lines": [
            promise("ours", "custody_signed", 8),
            promise("ours", "cards", 30),
            promise("ours", "deposits", 200_000_000),
            promise("theirs", "referrals", 6),
            promise("theirs", "desk_days", 40),
        ],
    });
    let made = agreements::create(conn, keys, coordinator, &NewAgreement::parse(&input(body)?)?)?.body;
    for (line, value) in [(&made.lines[1], 19), (&made.lines[2], 88_000_000)] {
        let body = json!({ "id": Id::new(), "line_id": line.id, "value": value });
        entries::add(conn, keys, coordinator, made.id, &NewEntry::parse(&input(body)?)?)?;
    }
    Ok(())
}

/// The demo's records are read as the API reads a body.
fn input<T: DeserializeOwned>(body: Value) -> Result<T> {
    serde_json::from_value(body).map_err(|e| Error::internal(format!("the demo's goals: {e}")))
}
