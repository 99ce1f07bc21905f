//! The import of communities. Key: the code within the branch; a row without one by equal folded name within a metre.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::cells::{self, SAME_PLACE_M, SAME_RECORD_M, put, put_text};
use super::run::{FieldChange, Findings, Plan, Terms};
use super::table::{Row, Table};
use crate::db::schema::communities;
use crate::db::{At, Conn, Id};
use crate::error::Result;
use crate::on_either;
use crate::outlets::input::Place;
use crate::people::Caller;
use crate::place::{Point, distance_m};
use crate::text::fold;

/// Rows of one statement.
const BATCH: usize = 1000;

/// A community as it is kept.
#[derive(Clone, Queryable)]
struct Community {
    id: Id,
    code: Option<String>,
    name: String,
    address: String,
    district: String,
    lat: Option<f64>,
    lon: Option<f64>,
}

impl Community {
    fn point(&self) -> Option<Point> {
        Some(Point::new(self.lat?, self.lon?))
    }
}

struct Draft {
    row: u32,
    is_new: bool,
    community: Community,
    changes: Vec<FieldChange>,
}

/// What is there and what of it earlier rows were about.
struct Known {
    all: Vec<Community>,
    by_code: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
    claimed: HashSet<usize>,
    codes: HashSet<String>,
    nameless: HashMap<String, Vec<Option<Point>>>,
}

/// Plans a table of communities.
///
/// # Errors
/// What the database says.
pub fn plan(conn: &mut Conn, terms: &Terms, table: &Table) -> Result<Plan> {
    let branch = terms.branch()?.id;
    let mut known = Known::load(conn, branch)?;
    let mut findings = Findings::default();
    let mut drafts = Vec::new();
    for row in &table.rows {
        if !findings.is_faulty(row) {
            drafts.extend(draft(table, row, terms, &mut known, &mut findings));
        }
    }
    let counted: Vec<_> =
        drafts.iter_mut().map(|d| (d.row, d.community.name.clone(), d.is_new, d.changes.clone())).collect();
    let mut plan = Plan::new(findings, move |conn, caller| apply(conn, caller, branch, &drafts));
    for (row, title, is_new, changes) in counted {
        plan.count(row, title, is_new, changes);
    }
    Ok(plan)
}

impl Known {
    fn load(conn: &mut Conn, branch: Id) -> Result<Known> {
        let all: Vec<Community> = communities::table
            .filter(communities::branch_id.eq(branch))
            .select((
                communities::id,
                communities::code,
                communities::name,
                communities::address,
                communities::district,
                communities::lat,
                communities::lon,
            ))
            .load(conn)?;
        let mut known = Known {
            by_code: all.iter().enumerate().filter_map(|(at, c)| Some((c.code.clone()?, at))).collect(),
            by_name: HashMap::new(),
            all,
            claimed: HashSet::new(),
            codes: HashSet::new(),
            nameless: HashMap::new(),
        };
        for (at, community) in known.all.iter().enumerate() {
            known.by_name.entry(fold(&community.name)).or_default().push(at);
        }
        Ok(known)
    }

    /// The record of a row, `None` for a new one; an error where the file names one twice.
    fn find(
        &mut self,
        code: Option<&str>,
        name: Option<&str>,
        point: Option<Point>,
    ) -> std::result::Result<Option<usize>, (&'static str, &'static str)> {
        let there = match code {
            Some(code) => {
                if !self.codes.insert(code.to_owned()) {
                    return Err(("code", "doubled_key"));
                }
                self.by_code.get(code).copied()
            }
            None => self.by_name(&fold(name.unwrap_or_default()), point)?,
        };
        match there {
            Some(at) if !self.claimed.insert(at) => Err(("name", "doubled_key")),
            there => Ok(there),
        }
    }

    fn by_name(
        &mut self,
        name: &str,
        point: Option<Point>,
    ) -> std::result::Result<Option<usize>, (&'static str, &'static str)> {
        let is_same = |other: &Option<Point>| match (point, other) {
            (Some(a), Some(b)) => distance_m(a, *b) <= SAME_RECORD_M,
            (None, None) => true,
            _ => false,
        };
        let earlier = self.nameless.entry(name.to_owned()).or_default();
        if earlier.iter().any(is_same) {
            return Err(("name", "doubled_key"));
        }
        earlier.push(point);
        let named = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let near: Vec<usize> = named.iter().copied().filter(|at| is_same(&self.all[*at].point())).collect();
        match near.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(("name", "several_of_name")),
        }
    }
}

fn draft(table: &Table, row: &Row, terms: &Terms, known: &mut Known, findings: &mut Findings) -> Option<Draft> {
    let before = findings.errors.len();
    let code = findings.take(cells::code(table, row, "code"));
    let name = findings.take(cells::line(table, row, "name", 200));
    let place = cells::place(table, row, terms.datum, findings);
    let address = findings.take(cells::line(table, row, "address", 300));
    let district = findings.take(cells::line(table, row, "district", 100));
    if findings.errors.len() > before {
        return None;
    }
    let there = match known.find(code.as_deref(), name.as_deref(), place.map(|p| p.point)) {
        Ok(there) => there,
        Err((field, problem)) => {
            findings.errors.push(table.at(row, field, problem));
            return None;
        }
    };
    if there.is_none() && name.is_none() {
        findings.errors.push(table.at(row, "name", "required"));
        return None;
    }
    let mut community = there.map_or_else(|| empty(code), |at| known.all[at].clone());
    let mut changes = Vec::new();
    put_text(&mut community.name, name, "name", &mut changes);
    put_text(&mut community.address, address, "address", &mut changes);
    put_text(&mut community.district, district, "district", &mut changes);
    put_place(&mut community, place, &mut changes);
    Some(Draft { row: row.number, is_new: there.is_none(), community, changes })
}

fn put_place(community: &mut Community, place: Option<Place>, changes: &mut Vec<FieldChange>) {
    let Some(place) = place else { return };
    let mut point = community.point();
    if point.is_some_and(|p| distance_m(p, place.point) <= SAME_PLACE_M) {
        return;
    }
    put(&mut point, Some(Some(place.point)), "place", changes, |p| cells::point_words(*p));
    (community.lat, community.lon) = (Some(place.point.lat), Some(place.point.lon));
}

fn empty(code: Option<String>) -> Community {
    Community {
        id: Id::new(),
        code,
        name: String::new(),
        address: String::new(),
        district: String::new(),
        lat: None,
        lon: None,
    }
}

#[derive(Insertable)]
#[diesel(table_name = communities, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: Id,
    branch_id: Id,
    code: Option<&'a str>,
    name: &'a str,
    name_folded: String,
    address: &'a str,
    district: &'a str,
    lat: Option<f64>,
    lon: Option<f64>,
    created_at: At,
    updated_at: At,
}

fn apply(conn: &mut Conn, caller: &Caller, branch: Id, drafts: &[Draft]) -> Result<()> {
    let new: Vec<NewRow<'_>> = drafts
        .iter()
        .filter(|d| d.is_new)
        .map(|Draft { community: c, .. }| NewRow {
            id: c.id,
            branch_id: branch,
            code: c.code.as_deref(),
            name: &c.name,
            name_folded: fold(&c.name),
            address: &c.address,
            district: &c.district,
            lat: c.lat,
            lon: c.lon,
            created_at: caller.now,
            updated_at: caller.now,
        })
        .collect();
    for batch in new.chunks(BATCH) {
        on_either!(conn, c => diesel::insert_into(communities::table).values(batch).execute(c))?;
    }
    for Draft { community: c, .. } in drafts.iter().filter(|d| !d.is_new && !d.changes.is_empty()) {
        diesel::update(communities::table.find(c.id))
            .set((
                communities::name.eq(&c.name),
                communities::name_folded.eq(fold(&c.name)),
                communities::address.eq(&c.address),
                communities::district.eq(&c.district),
                communities::lat.eq(c.lat),
                communities::lon.eq(c.lon),
                communities::updated_at.eq(caller.now),
            ))
            .execute(conn)?;
    }
    Ok(())
}
