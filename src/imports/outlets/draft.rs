//! A row of a file as the outlet it makes of what is there.

use super::known::Known;
use super::{Found, Key};
use crate::db::{At, Id};
use crate::imports::cells::{self, SAME_PLACE_M, put, put_text};
use crate::imports::error::Located;
use crate::imports::opening;
use crate::imports::run::{FieldChange, Findings};
use crate::imports::table::{Row, Table};
use crate::imports::values;
use crate::outlets::banks;
use crate::outlets::input::{OpenHours, Place, assets, footfall, radius};
use crate::outlets::naming::{self, Doubt, Reading, Tier};
use crate::outlets::phase::Phase;
use crate::outlets::record::Outlet;
use crate::outlets::store;
use crate::place::{DEFAULT_RADIUS_M, Datum, distance_m};
use crate::text::fold;
use crate::text::money::{self, yuan};

/// An outlet as it will be.
pub struct Draft {
    /// As the spreadsheet numbers it.
    pub row: u32,
    /// Whether it is not there yet.
    pub is_new: bool,
    /// Whether anything of it changes; set once all is known.
    pub is_changed: bool,
    /// The row to be written.
    pub outlet: Outlet,
    /// Opening hours to be written anew.
    pub hours: Option<Vec<OpenHours>>,
    /// The phase it moves to.
    pub moves: Option<Phase>,
    /// What its name tells.
    pub reading: Reading,
    /// The cell of the parent column.
    pub parent_cell: Option<String>,
    /// Whether a parent read out of the name may fill the field.
    pub parent_may_be_read: bool,
    /// What changes, in words.
    pub changes: Vec<FieldChange>,
}

impl Draft {
    /// Reads the rest of a row; none where a cell is bad.
    pub fn of(
        table: &Table,
        row: &Row,
        key: &Key,
        found: Found,
        branch: Id,
        known: &mut Known,
        findings: &mut Findings,
    ) -> Option<Draft> {
        let before = findings.errors.len();
        let (outlet, there) = match found {
            Found::There(at) => (known.outlets[at].outlet.clone(), Some(at)),
            Found::New => (empty(key, branch), None),
        };
        if there.is_none() && key.name.is_none() && !key.name_is_wrong {
            findings.errors.push(table.at(row, "name", "required"));
        }
        let mut draft = Draft {
            row: row.number,
            is_new: there.is_none(),
            is_changed: false,
            outlet,
            hours: None,
            moves: None,
            reading: Reading::default(),
            parent_cell: None,
            parent_may_be_read: there.is_none_or(|at| !known.outlets[at].parent_by_hand),
            changes: Vec::new(),
        };
        let by_hand =
            there.map_or((false, false), |at| (known.outlets[at].bank_by_hand, known.outlets[at].tier_by_hand));
        draft.read_words(table, row, key, findings);
        draft.read_place(key.place);
        draft.read_standing(table, row, findings);
        draft.read_name(table, row, by_hand, known, findings);
        let kept_hours = there.map(|at| known.outlets[at].hours.as_slice()).unwrap_or_default();
        draft.read_opening(table, row, kept_hours, findings);
        draft.parent_cell = findings.take(cells::line(table, row, "parent", 200));
        (findings.errors.len() == before).then_some(draft)
    }

    fn read_words(&mut self, table: &Table, row: &Row, key: &Key, findings: &mut Findings) {
        let (outlet, changes) = (&mut self.outlet, &mut self.changes);
        put_text(&mut outlet.name, key.name.clone(), "name", changes);
        put_text(&mut outlet.address, findings.take(cells::line(table, row, "address", 300)), "address", changes);
        put_text(&mut outlet.district, findings.take(cells::line(table, row, "district", 100)), "district", changes);
        put_text(&mut outlet.phone, findings.take(cells::phones(table, row)), "phone", changes);
        let grade = findings.take(cells::line(table, row, "grade", 20)).map(Some);
        put(&mut outlet.grade, grade, "grade", changes, |g| g.clone().unwrap_or_default());
        let metres = findings.take(table.value(row, "radius", |text| {
            values::radius(text).and_then(|m| radius(m.round()).map_err(|_| "bad_radius"))
        }));
        put(&mut outlet.radius_m, metres, "radius", changes, ToString::to_string);
        let people = findings.take(table.value(row, "footfall", |text| {
            values::footfall(text).and_then(|n| footfall(n).map_err(|_| "bad_footfall"))
        }));
        put(&mut outlet.footfall, people.map(Some), "footfall", changes, |n| {
            n.map_or_else(String::new, |n| n.to_string())
        });
        let said = findings.take(table.value(row, "assets", |text| {
            money::nearest_fen(text).and_then(|fen| assets(fen as f64).ok()).ok_or("bad_assets")
        }));
        let before = outlet.assets_fen;
        put(&mut outlet.assets_fen, said.map(Some), "assets", changes, |n| n.map_or_else(String::new, yuan));
        if outlet.assets_fen != before {
            // Said anew: who writes it knows when.
            outlet.assets_at = None;
        }
    }

    fn read_place(&mut self, place: Option<Place>) {
        let Some(place) = place else { return };
        let before = self.outlet.point();
        if before.is_some_and(|b| distance_m(b, place.point) <= SAME_PLACE_M) {
            return;
        }
        store::set_place(&mut self.outlet, Some(place));
        let (from, to) = (cells::point_words(before), cells::point_words(Some(place.point)));
        self.changes.push(FieldChange { field: "place", from, to });
    }

    fn read_standing(&mut self, table: &Table, row: &Row, findings: &mut Findings) {
        let Some(phase) = findings.take(table.value(row, "phase", values::phase)).and_then(Phase::parse) else {
            return;
        };
        let before = self.outlet.phase;
        if !self.is_new && !before.may_become(phase) {
            findings.errors.push(table.at(row, "phase", "phase_not_allowed"));
            return;
        }
        if before != phase {
            self.moves = Some(phase);
        }
        put(&mut self.outlet.phase, Some(phase), "phase", &mut self.changes, Phase::to_string);
    }

    /// Bank and tier: of their columns, else read out of the name where they are empty and were never set by hand.
    fn read_name(
        &mut self,
        table: &Table,
        row: &Row,
        by_hand: (bool, bool),
        known: &mut Known,
        findings: &mut Findings,
    ) {
        self.reading = naming::read(&self.outlet.name);
        let own_words = findings.take(cells::line(table, row, "sub_name", 200));
        if let Some(own) = &own_words {
            self.reading.tier = self.reading.tier.or_else(|| naming::tier_of(&fold(own)));
            self.reading.sub_name = self.reading.sub_name.take().or_else(|| Some(own.clone()));
        }
        self.read_bank(table, row, by_hand.0, known, findings);
        let cell = findings.take(table.text(row, "tier").map(|t| t.map(str::to_owned)));
        let of_cell = cell.as_deref().and_then(values::tier);
        let is_open = self.outlet.tier.is_none() && !by_hand.1;
        let tier: Option<Tier> = of_cell.or(self.reading.tier.filter(|_| is_open));
        put(&mut self.outlet.tier, tier.map(Some), "tier", &mut self.changes, |tier| {
            tier.map_or_else(String::new, |tier| tier.to_string())
        });
        if self.outlet.tier.is_none() && !by_hand.1 {
            let doubt = self.reading.doubts.iter().find(|d| matches!(d, Doubt::SelfService | Doubt::TierNotRead));
            let code = doubt.copied().unwrap_or(Doubt::TierNotRead).code();
            let column = if cell.is_some() { "tier" } else { "name" };
            findings.warnings.push(table.at(row, column, code));
        } else if is_open && of_cell.is_none() && self.reading.doubts.contains(&Doubt::TierDoubtful) {
            findings.warnings.push(table.at(row, "name", Doubt::TierDoubtful.code()));
        }
    }

    fn read_bank(&mut self, table: &Table, row: &Row, by_hand: bool, known: &mut Known, findings: &mut Findings) {
        let of_cell = findings.take(cells::line(table, row, "bank", 100));
        let is_open = self.outlet.bank_id.is_none() && !by_hand;
        let name = of_cell.or_else(|| self.reading.bank.clone().filter(|_| is_open));
        match name {
            Some(name) => {
                let before = known.bank_name(self.outlet.bank_id);
                let id = known.bank(&name);
                if self.outlet.bank_id != Some(id) {
                    self.outlet.bank_id = Some(id);
                    self.changes.push(FieldChange { field: "bank", from: before, to: known.bank_name(Some(id)) });
                }
            }
            None if is_open => findings.warnings.push(table.at(row, "name", Doubt::BankNotRead.code())),
            None => {}
        }
    }

    fn read_opening(&mut self, table: &Table, row: &Row, kept: &[(i32, String, String)], findings: &mut Findings) {
        let read = |text: &str| opening::read(text);
        let Some(hours) = findings.take(table.value(row, "opening", read)) else { return };
        let mut hours: Vec<OpenHours> =
            hours.iter().map(|h| OpenHours { weekday: h.weekday, from: h.from, to: h.to }).collect();
        hours.sort();
        let rows: Vec<_> = hours.iter().map(store::hours_row).collect();
        if rows != kept {
            let say = |rows: &[(i32, String, String)]| {
                rows.iter().map(|(day, from, to)| format!("{day} {from}-{to}")).collect::<Vec<_>>().join(", ")
            };
            self.changes.push(FieldChange { field: "opening", from: say(kept), to: say(&rows) });
            self.hours = Some(hours);
        }
    }

    /// A warning about the row's name, or its parent cell where it has one.
    pub fn parent_warning(&self, table: &Table, code: &'static str, name: &str) -> Located {
        let field = if self.parent_cell.is_some() { "parent" } else { "name" };
        let header = table.headers.iter().find(|h| h.field == field).map(|h| h.text.clone());
        let problem = crate::imports::error::Problem::new(code).with("name", name);
        Located { row: Some(self.row), column: header, problem }
    }

    /// The key of its bank, by which its parent is looked for.
    pub fn bank_key(&self, known: &Known) -> String {
        banks::key(&known.bank_name(self.outlet.bank_id))
    }
}

fn empty(key: &Key, branch: Id) -> Outlet {
    Outlet {
        id: Id::new(),
        code: key.code.clone().unwrap_or_default(),
        name: String::new(),
        branch_id: branch,
        bank_id: None,
        tier: None,
        parent_id: None,
        phase: Phase::Prospecting,
        grade: None,
        lat: None,
        lon: None,
        datum: Datum::Wgs84,
        given_lat: None,
        given_lon: None,
        radius_m: DEFAULT_RADIUS_M as i32,
        wanted_brokers: 1,
        footfall: None,
        assets_fen: None,
        assets_at: None,
        fence: None,
        address: String::new(),
        district: String::new(),
        phone: String::new(),
        note: String::new(),
        version: 1,
        updated_at: At::from(chrono::DateTime::UNIX_EPOCH),
    }
}
