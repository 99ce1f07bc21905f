//! Where brokers live, roughly: two decimals of a degree (about a kilometre), sealed, for plans and for the desk of the branch alone.
//!
//! Nothing here is ever written to a log, a list, an export or the audit trail.

use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::place::{Datum, Point};

const PURPOSE: &str = "home";

/// Rounds to where somebody roughly is; WGS-84.
pub fn coarse(point: Point) -> (f64, f64) {
    let round = |degrees: f64| (degrees * 100.0).round() / 100.0;
    (round(point.lat), round(point.lon))
}

/// A point as it was typed, rounded.
///
/// # Errors
/// 422 naming `lat` and `lon`.
pub fn parse(lat: &str, lon: &str, datum: Datum) -> Result<Option<(f64, f64)>> {
    if lat.trim().is_empty() && lon.trim().is_empty() {
        return Ok(None);
    }
    let number =
        |field: &'static str, text: &str| text.trim().parse::<f64>().map_err(|_| Error::field(field, "not_a_number"));
    let (lat, lon) = (number("lat", lat)?, number("lon", lon)?);
    let point = Point::parse(lat, lon)
        .map_err(|all| all.first().map_or(Error::field("lat", "out_of_range"), |(f, e)| Error::field(*f, e.code())))?;
    Ok(Some(coarse(datum.to_wgs84(point))))
}

/// Seals one.
///
/// # Errors
/// Only when the cipher fails.
pub fn seal(keys: &Keys, (lat, lon): (f64, f64)) -> Result<Vec<u8>> {
    keys.seal(PURPOSE, format!("{lat:.2},{lon:.2}").as_bytes())
}

/// Opens one.
///
/// # Errors
/// When it is not what `seal` made.
pub fn open(keys: &Keys, sealed: &[u8]) -> Result<(f64, f64)> {
    let text = keys.open_text(PURPOSE, sealed)?;
    let bad = || Error::internal("a home that is no point");
    let (lat, lon) = text.split_once(',').ok_or_else(bad)?;
    Ok((lat.parse().map_err(|_| bad())?, lon.parse().map_err(|_| bad())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::from_base64("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").expect("a key")
    }

    #[test]
    fn a_home_is_rounded_before_it_is_kept_and_not_readable_there() {
        let home = parse("34.26789", " 108.94321", Datum::Wgs84).expect("a point").expect("given");
        assert_eq!(home, (34.27, 108.94));
        let sealed = seal(&keys(), home).expect("sealed");
        assert!(!sealed.windows(5).any(|w| w == b"34.27"));
        assert_eq!(open(&keys(), &sealed).expect("opened"), home);
    }

    #[test]
    fn half_a_point_or_none_is_told() {
        assert_eq!(parse("", " ", Datum::Wgs84).expect("nothing"), None);
        assert!(matches!(parse("34", "", Datum::Wgs84), Err(Error::Invalid(f)) if f[0].field == "lon"));
        assert!(matches!(parse("95", "108", Datum::Wgs84), Err(Error::Invalid(f)) if f[0].code == "out_of_range"));
    }
}
