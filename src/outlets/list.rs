//! Outlets as they are looked for: by bank, tier, phase, grade, parent, words, or nearness to a point.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bank_store;
use super::naming::Tier;
use super::phase::Phase;
use super::record::Outlet;
use super::view::{self, OutletView};
use crate::db::schema::{banks, outlets};
use crate::db::{Conn, Id};
use crate::error::{Error, Faults, Result};
use crate::people::Reach;
use crate::place::{BoundingBox, Point, distance_m};
use crate::text::{self, fold};
use crate::web::pagination::{List, Part};

/// Farther apart than any two points on earth.
const FARTHEST_M: f64 = 20_100_000.0;

/// What `GET /outlets` takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OutletQuery {
    /// A bank's name, in any of its usual spellings.
    pub bank: Option<String>,
    /// A tier.
    pub tier: Option<String>,
    /// A phase.
    pub phase: Option<String>,
    /// A grade.
    pub grade: Option<String>,
    /// The id of the outlet above.
    pub parent: Option<String>,
    /// Words of code, name, bank, address or district; all must be there.
    pub q: Option<String>,
    /// `lat,lon` in WGS-84: sorts by distance.
    #[param(example = "34.2610,108.9420")]
    pub near: Option<String>,
    /// Only so many metres from `near`.
    pub within_m: Option<String>,
    /// 1 to 500, default 50.
    pub limit: Option<String>,
    /// `next_cursor` of the part before.
    pub cursor: Option<String>,
}

/// A point, and how far from it.
#[derive(Debug, Clone, Copy)]
pub struct Near {
    point: Point,
    within_m: Option<f64>,
}

/// What outlets are wanted, checked.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    bank: Option<String>,
    tier: Option<Tier>,
    phase: Option<Phase>,
    grade: Option<String>,
    parent: Option<Id>,
    words: Vec<String>,
    near: Option<Near>,
}

/// A place in one of the two orders: by code, or by distance and code.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum After {
    /// After this code.
    Code(String),
    /// After this distance and code.
    Distance(f64, String),
}

impl OutletQuery {
    /// Checks the filters and the part.
    ///
    /// # Errors
    /// 422 naming each wrong filter.
    pub fn parse(&self) -> Result<(Wanted, Part<After>)> {
        let mut faults = Faults::new();
        let filled = |text: &Option<String>| text.as_deref().and_then(text::filled);
        let tier = filled(&self.tier).and_then(|t| faults.take("tier", Tier::parse(&t).ok_or("unknown_value")));
        let phase = filled(&self.phase).and_then(|p| faults.take("phase", Phase::parse(&p).ok_or("unknown_value")));
        let parent =
            filled(&self.parent).and_then(|p| faults.take("parent", p.parse::<Id>().map_err(|_| "wrong_type")));
        let point = filled(&self.near).and_then(|n| faults.take("near", point(&n)));
        let within_m = filled(&self.within_m)
            .and_then(|w| faults.take("within_m", w.parse::<f64>().map_err(|_| "wrong_type")))
            .and_then(|w| faults.within("within_m", w, 0.0..=FARTHEST_M));
        if within_m.is_some() && filled(&self.near).is_none() {
            faults.add("near", "required");
        }
        let limit = filled(&self.limit).and_then(|l| faults.take("limit", l.parse::<i64>().map_err(|_| "wrong_type")));
        faults.check()?;
        let part: Part<After> = Part::parse(limit, filled(&self.cursor).as_deref())?;
        let fits = match &part.after {
            None => true,
            Some(After::Code(_)) => point.is_none(),
            Some(After::Distance(..)) => point.is_some(),
        };
        if !fits {
            return Err(Error::field("cursor", "not_a_cursor"));
        }
        let words = fold(self.q.as_deref().unwrap_or_default());
        let wanted = Wanted {
            bank: filled(&self.bank),
            tier,
            phase,
            grade: filled(&self.grade),
            parent,
            words: words.split(' ').filter(|w| !w.is_empty()).take(10).map(str::to_owned).collect(),
            near: point.map(|point| Near { point, within_m }),
        };
        Ok((wanted, part))
    }
}

fn point(text: &str) -> std::result::Result<Point, &'static str> {
    let (lat, lon) = text.split_once(',').ok_or("not_a_point")?;
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| "not_a_point");
    let (lat, lon) = (number(lat)?, number(lon)?);
    Point::parse(lat, lon).map_err(|faults| faults.first().map_or("not_a_point", |(_, fault)| fault.code()))
}

type Boxed<'a> = crate::db::schema::outlets::BoxedQuery<'a, crate::db::MultiBackend>;

/// `%word%`, with the signs of a pattern taken as they are.
fn containing(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// The outlets within reach that the filters let through; none where the named bank is unknown.
fn filtered<'a>(conn: &mut Conn, reach: Reach, wanted: &Wanted) -> Result<Option<Boxed<'a>>> {
    let mut query = outlets::table.into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) | Reach::Own { branch, .. } => query = query.filter(outlets::branch_id.eq(branch)),
    }
    if let Some(name) = &wanted.bank {
        let Some(bank) = bank_store::find(conn, name)? else { return Ok(None) };
        query = query.filter(outlets::bank_id.eq(bank));
    }
    if let Some(tier) = wanted.tier {
        query = query.filter(outlets::tier.eq(tier.as_str()));
    }
    if let Some(phase) = wanted.phase {
        query = query.filter(outlets::phase.eq(phase.as_str()));
    }
    if let Some(grade) = &wanted.grade {
        query = query.filter(outlets::grade.eq(grade.clone()));
    }
    if let Some(parent) = wanted.parent {
        query = query.filter(outlets::parent_id.eq(parent));
    }
    for word in &wanted.words {
        query = query.filter(outlets::search_text.like(containing(word)).escape('\\'));
    }
    if let Some(Near { point, within_m }) = wanted.near {
        query = query.filter(outlets::lat.is_not_null());
        if let Some(within_m) = within_m {
            let area = BoundingBox::around(point, within_m);
            query = query
                .filter(outlets::lat.between(area.south, area.north))
                .filter(outlets::lon.between(area.west, area.east));
        }
    }
    Ok(Some(query))
}

/// A part of the outlets wanted.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, reach: Reach, wanted: &Wanted, part: &Part<After>) -> Result<List<OutletView>> {
    let mut list = match wanted.near {
        Some(near) => by_distance(conn, reach, wanted, near, part)?,
        None => by_code(conn, reach, wanted, part)?,
    };
    list.items.iter_mut().for_each(|outlet| outlet.keep_from(reach));
    Ok(list)
}

fn nothing() -> List<OutletView> {
    List { items: Vec::new(), next_cursor: None }
}

fn by_code(conn: &mut Conn, reach: Reach, wanted: &Wanted, part: &Part<After>) -> Result<List<OutletView>> {
    let Some(mut query) = filtered(conn, reach, wanted)? else { return Ok(nothing()) };
    if let Some(After::Code(code)) = &part.after {
        query = query.filter(outlets::code.gt(code.clone()));
    }
    let rows: Vec<Outlet> = query.order(outlets::code).limit(part.limit + 1).select(Outlet::as_select()).load(conn)?;
    let views = view::of(conn, &rows)?;
    part.list(views, |view| After::Code(view.code.clone()), |view| view)
}

/// The database sorts by no geodesic: places are loaded without their rows, measured here, and only the part is loaded whole.
fn by_distance(
    conn: &mut Conn,
    reach: Reach,
    wanted: &Wanted,
    near: Near,
    part: &Part<After>,
) -> Result<List<OutletView>> {
    let Some(query) = filtered(conn, reach, wanted)? else { return Ok(nothing()) };
    let places: Vec<(Id, String, Option<f64>, Option<f64>)> =
        query.select((outlets::id, outlets::code, outlets::lat, outlets::lon)).load(conn)?;
    let mut measured: Vec<(f64, String, Id)> = places
        .into_iter()
        .filter_map(|(id, code, lat, lon)| Some((distance_m(near.point, Point::new(lat?, lon?)), code, id)))
        .filter(|(metres, ..)| near.within_m.is_none_or(|most| *metres <= most))
        .collect();
    measured.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    if let Some(After::Distance(metres, code)) = &part.after {
        measured.retain(|m| m.0.total_cmp(metres).then_with(|| m.1.cmp(code)).is_gt());
    }
    measured.truncate(part.limit as usize + 1);
    let ids: Vec<Id> = measured.iter().map(|m| m.2).collect();
    let rows: Vec<Outlet> = outlets::table.filter(outlets::id.eq_any(ids)).select(Outlet::as_select()).load(conn)?;
    let mut views: std::collections::HashMap<Id, OutletView> =
        view::of(conn, &rows)?.into_iter().map(|v| (v.id, v)).collect();
    part.list(
        measured.into_iter().filter_map(|m| views.remove(&m.2).map(|view| (m, view))).collect(),
        |((metres, code, _), _)| After::Distance(*metres, code.clone()),
        |((metres, ..), view)| OutletView { distance_m: Some((metres * 1000.0).round() / 1000.0), ..view },
    )
}

/// How many outlets of each phase the filters let through, whatever phase they ask for.
///
/// # Errors
/// What the database says.
pub fn phases(conn: &mut Conn, reach: Reach, wanted: &Wanted) -> Result<Vec<(Phase, i64)>> {
    let any_phase = Wanted { phase: None, ..wanted.clone() };
    let Some(query) = filtered(conn, reach, &any_phase)? else { return Ok(Vec::new()) };
    let words: Vec<String> = query.select(outlets::phase).load(conn)?;
    Ok(Phase::ALL
        .into_iter()
        .map(|phase| (phase, words.iter().filter(|w| *w == phase.as_str()).count() as i64))
        .collect())
}

/// The places of the outlets wanted, at most so many, for a map.
///
/// # Errors
/// What the database says.
pub fn places(conn: &mut Conn, reach: Reach, wanted: &Wanted, most: i64) -> Result<Vec<Outlet>> {
    let Some(query) = filtered(conn, reach, wanted)? else { return Ok(Vec::new()) };
    Ok(query
        .filter(outlets::lat.is_not_null())
        .order(outlets::code)
        .limit(most)
        .select(Outlet::as_select())
        .load(conn)?)
}

/// The names of the banks that outlets within reach are of, for a list to choose from.
///
/// # Errors
/// What the database says.
pub fn bank_names(conn: &mut Conn, reach: Reach) -> Result<Vec<String>> {
    let mut query = outlets::table.inner_join(banks::table).select(banks::name).distinct().into_boxed();
    match reach {
        Reach::All => {}
        Reach::Branch(branch) | Reach::Own { branch, .. } => query = query.filter(outlets::branch_id.eq(branch)),
    }
    let mut names: Vec<String> = query.load(conn)?;
    names.sort();
    Ok(names)
}
