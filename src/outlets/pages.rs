//! The pages of outlets: the list, the map, one outlet.

use actix_web::{HttpResponse, web::Path};

use super::list::{self, OutletQuery};
use super::{naming, profile};
use crate::db::Id;
use crate::error::Result;
use crate::goals::agreement_pages;
use crate::people::{CurrentUser, Role};
use crate::t;
use crate::templates::map::MapPoint;
use crate::templates::outlets as templates;
use crate::templates::outlets::ListView;
use crate::web::{Here, Page, Query};

/// How many points a map draws at most.
const POINTS: i64 = 3000;

/// Whether a user may change outlets at all.
pub fn may_write(user: &CurrentUser) -> bool {
    match user.role {
        Role::Admin => true,
        Role::Coordinator | Role::Manager => user.branch.is_some(),
        Role::Broker => false,
    }
}

/// `GET /outlets`
///
/// # Errors
/// 422 for a wrong filter.
pub async fn list(here: Here, query: Query<OutletQuery>) -> Result<HttpResponse> {
    let (user, query) = (here.user()?, query.0);
    let reach = user.reach();
    let (wanted, part) = query.parse()?;
    let read = move |conn: &mut crate::db::Conn| {
        let items = list::list(conn, reach, &wanted, &part)?;
        Ok((items, list::phases(conn, reach, &wanted)?, list::bank_names(conn, reach)?))
    };
    let (items, phases, banks) = here.app.db.read(read).await?;
    let view = ListView {
        query: &query,
        items: &items.items,
        banks: &banks,
        phases: &phases,
        next: items.next_cursor.as_deref(),
        may_write: may_write(user),
        may_judge: user.role != Role::Broker,
    };
    Ok(Page::new(t!(here.lang(), "place-outlets"), templates::list(here.lang(), &view)).wide().answer(&here))
}

/// `GET /outlets/map`
///
/// # Errors
/// 422 for a wrong filter.
pub async fn map(here: Here, query: Query<OutletQuery>) -> Result<HttpResponse> {
    let (user, query) = (here.user()?, query.0);
    let reach = user.reach();
    let (wanted, _) = query.parse()?;
    let read = move |conn: &mut crate::db::Conn| {
        let places = list::places(conn, reach, &wanted, POINTS)?;
        Ok((places, list::phases(conn, reach, &wanted)?, list::bank_names(conn, reach)?))
    };
    let (places, phases, banks) = here.app.db.read(read).await?;
    let points: Vec<MapPoint> = places.iter().filter_map(point).collect();
    let view = ListView {
        query: &query,
        items: &[],
        banks: &banks,
        phases: &phases,
        next: None,
        may_write: may_write(user),
        may_judge: user.role != Role::Broker,
    };
    let body = templates::map(here.lang(), &view, &points, places.len() as i64 == POINTS);
    Ok(Page::new(t!(here.lang(), "place-outlets"), body).wide().answer(&here))
}

fn point(outlet: &super::record::Outlet) -> Option<MapPoint> {
    let place = outlet.point()?;
    Some(MapPoint {
        lat: place.lat,
        lon: place.lon,
        label: outlet.name.clone(),
        short: naming::short(&outlet.name),
        href: format!("/outlets/{}", outlet.id),
        state: templates::phase_state(outlet.phase),
        fence_m: None,
    })
}

/// `GET /outlets/{id}`
///
/// # Errors
/// 404 out of reach.
pub async fn show(here: Here, id: Path<Id>) -> Result<HttpResponse> {
    let (user, lang, id) = (here.user()?.clone(), here.lang(), id.into_inner());
    let (who, now) = (user.clone(), here.app.clock.now());
    let read = move |conn: &mut crate::db::Conn| {
        let seen = profile::load(conn, &who, id, now)?;
        let agreements = agreement_pages::of_outlet(conn, &who, (seen.branch_id, id, seen.bank_id), now)?;
        Ok((seen, agreements))
    };
    let (seen, agreements) = here.app.db.read(read).await?;
    let mut view = profile::view(&seen, lang, &user, may_write(&user), here.csrf(), now);
    view.agreements = agreements.as_ref();
    let title = seen.outlet.name.clone();
    Ok(Page::new(title, templates::profile(lang, &view)).wide().answer(&here))
}
