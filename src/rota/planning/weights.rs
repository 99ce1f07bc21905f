//! What matters how much in a plan: the numbers that a coordinator may turn, with defaults that need no turning.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Faults;
use crate::planner;

/// The highest of them.
pub const HIGHEST: i64 = 10_000;

/// What each thing costs, in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// A missing person-day at an outlet of grade A.
    pub uncovered_a: i64,
    /// At one of grade B, or of none.
    pub uncovered_b: i64,
    /// At one of grade C.
    pub uncovered_c: i64,
    /// A broker who is new to an outlet in its launch months.
    pub face_launch: i64,
    /// A broker who is new to an established outlet.
    pub face_established: i64,
    /// A shift at an established outlet after the branch's weeks of rotation.
    pub overstay: i64,
    /// A kilometre from home to a shift.
    pub km: i64,
    /// A day above the fair share.
    pub imbalance: i64,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights {
            uncovered_a: 1000,
            uncovered_b: 600,
            uncovered_c: 300,
            face_launch: 120,
            face_established: 30,
            overstay: 80,
            km: 1,
            imbalance: 15,
        }
    }
}

/// Some of them, as they are asked for; what is left out is the branch's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightsInput {
    /// 0 to 10,000, as all of them.
    pub uncovered_a: Option<i64>,
    /// A missing person-day at grade B, or none.
    pub uncovered_b: Option<i64>,
    /// A missing person-day at grade C.
    pub uncovered_c: Option<i64>,
    /// A new face in the launch months.
    pub face_launch: Option<i64>,
    /// A new face at an established outlet.
    pub face_established: Option<i64>,
    /// A shift of somebody who should have rotated.
    pub overstay: Option<i64>,
    /// A kilometre to a shift.
    pub km: Option<i64>,
    /// A day above the fair share.
    pub imbalance: Option<i64>,
}

/// Their names, in the order in which people read them.
pub const NAMES: [&str; 8] =
    ["uncovered_a", "uncovered_b", "uncovered_c", "face_launch", "face_established", "overstay", "km", "imbalance"];

impl WeightsInput {
    /// By their names.
    pub fn numbers(&self) -> [(&'static str, Option<i64>); 8] {
        let all = [
            self.uncovered_a,
            self.uncovered_b,
            self.uncovered_c,
            self.face_launch,
            self.face_established,
            self.overstay,
            self.km,
            self.imbalance,
        ];
        std::array::from_fn(|n| (NAMES[n], all[n]))
    }

    /// Notes those that are out of range, under `weights.`.
    pub fn check(&self, faults: &mut Faults) {
        for (name, given) in self.numbers() {
            if let Some(n) = given {
                faults.within(&format!("weights.{name}"), n, 0..=HIGHEST);
            }
        }
    }

    /// With the rest of them taken from `base`.
    pub fn with_rest_of(&self, base: Weights) -> Weights {
        Weights {
            uncovered_a: self.uncovered_a.unwrap_or(base.uncovered_a),
            uncovered_b: self.uncovered_b.unwrap_or(base.uncovered_b),
            uncovered_c: self.uncovered_c.unwrap_or(base.uncovered_c),
            face_launch: self.face_launch.unwrap_or(base.face_launch),
            face_established: self.face_established.unwrap_or(base.face_established),
            overstay: self.overstay.unwrap_or(base.overstay),
            km: self.km.unwrap_or(base.km),
            imbalance: self.imbalance.unwrap_or(base.imbalance),
        }
    }
}

impl Weights {
    /// By their names.
    pub fn numbers(&self) -> [(&'static str, i64); 8] {
        let all = [
            self.uncovered_a,
            self.uncovered_b,
            self.uncovered_c,
            self.face_launch,
            self.face_established,
            self.overstay,
            self.km,
            self.imbalance,
        ];
        std::array::from_fn(|n| (NAMES[n], all[n]))
    }

    /// As the planner takes them.
    pub fn planner(&self) -> planner::Weights {
        planner::Weights {
            uncovered: planner::ByGrade { a: self.uncovered_a, b: self.uncovered_b, c: self.uncovered_c },
            new_face: planner::ByPhase { launch: self.face_launch, established: self.face_established },
            overstay: self.overstay,
            km: self.km,
            imbalance: self.imbalance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_branchs() {
        let base = Weights { overstay: 7, ..Weights::default() };
        let asked = WeightsInput { km: Some(0), ..WeightsInput::default() };
        assert_eq!(asked.with_rest_of(base), Weights { km: 0, ..base });
        let names: Vec<&str> = base.numbers().iter().map(|(name, _)| *name).collect();
        assert_eq!(names, NAMES);
    }

    #[test]
    fn a_number_out_of_range_is_named() {
        let mut faults = Faults::new();
        WeightsInput { km: Some(-1), overstay: Some(10_001), ..WeightsInput::default() }.check(&mut faults);
        let crate::error::Error::Invalid(all) = faults.into_error() else { panic!("no field errors") };
        let fields: Vec<&str> = all.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["weights.overstay", "weights.km"]);
    }
}
