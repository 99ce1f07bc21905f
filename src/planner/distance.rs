//! Distances as the model wants them: haversine on a sphere of radius 6,371,008.8 m, in the order of operations of the
//! model's checker, so that no rounding differs.

const RADIUS_M: f64 = 6_371_008.8;

/// Kilometres between two places given as latitude and longitude in degrees.
pub fn kilometres(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (p1, p2) = (from.0.to_radians(), to.0.to_radians());
    let (dp, dl) = (p2 - p1, (to.1 - from.1).to_radians());
    let a = (dp / 2.0).sin().powi(2) + p1.cos() * p2.cos() * (dl / 2.0).sin().powi(2);
    2.0 * RADIUS_M * a.sqrt().min(1.0).asin() / 1000.0
}

/// Rounded half up.
pub fn whole(km: f64) -> i64 {
    (km + 0.5).floor() as i64
}
