//! The form of a new agreement: a field for each thing that each side may promise, and money in yuan.

use std::collections::HashMap;

use super::agreements::{AgreementInput, NewAgreement, PromiseInput};
use super::measure::{Promised, Side, Way};
use crate::db::Id;
use crate::error::{Error, Faults, FieldError, Result};
use crate::templates::goals::agreements::TypedPromise;
use crate::text::{filled, money, nfkc};
use crate::web::ticked::Pairs;

/// The form as it was typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Made by the server with the form.
    pub id: String,
    /// `outlet:` and an id, or `bank:` and a name.
    pub partner: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Anything else.
    pub note: String,
    /// What each side promises.
    pub lines: HashMap<(Side, Promised), TypedPromise>,
}

impl Typed {
    /// Sorts the posted pairs.
    ///
    /// # Errors
    /// `unknown_field`, `doubled_field`.
    pub fn read(pairs: Pairs) -> Result<Typed> {
        let (mut typed, mut seen, mut faults) = (Typed::default(), Vec::new(), Faults::new());
        for (name, value) in pairs {
            if seen.contains(&name) {
                faults.add(name, "doubled_field");
                continue;
            }
            match name.as_str() {
                "id" => typed.id = value,
                "partner" => typed.partner = value,
                "from" => typed.from = value,
                "to" => typed.to = value,
                "note" => typed.note = value,
                other => match promise(other) {
                    Some((of, true)) => typed.lines.entry(of).or_default().by_hand = value,
                    Some((of, false)) => typed.lines.entry(of).or_default().target = value,
                    None => faults.add(name.clone(), "unknown_field"),
                },
            }
            seen.push(name);
        }
        faults.check()?;
        Ok(typed)
    }

    /// A promise as it was typed.
    pub fn line(&self, side: Side, measure: Promised) -> TypedPromise {
        self.lines.get(&(side, measure)).cloned().unwrap_or_default()
    }

    /// The agreement that it makes.
    ///
    /// # Errors
    /// By field, as the form names them.
    pub fn parse(&self) -> Result<NewAgreement> {
        let mut faults = Faults::new();
        let (mut lines, mut names) = (Vec::new(), Vec::new());
        for side in Side::ALL {
            for measure in Promised::ALL {
                let typed = self.line(side, measure);
                if typed.target.trim().is_empty() {
                    continue;
                }
                let name = format!("{side}_{measure}");
                let target = faults.take(&name, quantity(measure, &typed.target));
                let by_hand = typed.by_hand == "on";
                lines.push(PromiseInput {
                    side: Some(side.to_string()),
                    measure: Some(measure.to_string()),
                    way: by_hand.then(|| Way::Entered.to_string()),
                    // What is no number is told above; here it must not be told twice.
                    target: Some(target.unwrap_or(1)),
                });
                names.push(name);
            }
        }
        let (kind, whom) = self.partner.split_once(':').unwrap_or_default();
        let input = AgreementInput {
            id: self.id.parse().ok(),
            outlet_id: whom.parse::<Id>().ok().filter(|_| kind == "outlet"),
            bank: Some(whom.to_owned()).filter(|_| kind == "bank"),
            from: filled(&self.from),
            to: filled(&self.to),
            note: filled(&self.note),
            lines: Some(lines),
        };
        match NewAgreement::parse(&input) {
            Ok(new) if faults.is_empty() => Ok(new),
            Ok(_) => Err(faults.into_error()),
            Err(Error::Invalid(all)) => {
                all.into_iter().for_each(|fault| faults.push(renamed(fault, &names)));
                Err(faults.into_error())
            }
            Err(error) => Err(error),
        }
    }
}

/// The promise that a field is of, and whether it is its tick.
fn promise(name: &str) -> Option<((Side, Promised), bool)> {
    let (name, by_hand) = name.strip_suffix("_by_hand").map_or((name, false), |name| (name, true));
    let (side, measure) = name.split_once('_')?;
    Some(((Side::parse(side)?, Promised::parse(measure)?), by_hand))
}

/// A fault of the API's field, at the form's.
fn renamed(fault: FieldError, names: &[String]) -> FieldError {
    let of_line = fault.field.strip_prefix("lines[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
    let field = match (of_line.and_then(|at| names.get(at)), fault.field.as_str()) {
        (Some(name), _) => name.clone(),
        (None, "outlet_id" | "bank") => "partner".to_owned(),
        // Nothing was promised: any of them will do, and the first is at hand.
        (None, "lines") if fault.code == "required" => {
            return FieldError::new("ours_custody_signed", "nothing_promised");
        }
        (None, "lines") => "ours_custody_signed".to_owned(),
        (None, field) => field.to_owned(),
    };
    FieldError { field, ..fault }
}

/// A typed number: whole, or yuan as fen.
///
/// # Errors
/// `required`, `not_whole`, `not_an_amount`.
pub fn quantity(measure: Promised, typed: &str) -> std::result::Result<i64, &'static str> {
    let typed = filled(typed).ok_or("required")?;
    if measure.is_money() {
        return money::fen(&typed).ok_or("not_an_amount");
    }
    let plain: String = nfkc(&typed).chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    plain.replace('−', "-").parse().map_err(|_| "not_whole")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_typed_in_yuan_and_kept_in_fen() {
        for (typed, fen) in [
            ("125000", Ok(12_500_000)),
            ("１２５,０００.５", Ok(12_500_050)),
            ("¥0.01", Ok(1)),
            ("-12.30", Ok(-1_230)),
            ("1.234", Err("not_an_amount")),
            ("1e5", Err("not_an_amount")),
            (".5", Err("not_an_amount")),
            ("99999999999999", Err("not_an_amount")),
            ("", Err("required")),
        ] {
            assert_eq!(quantity(Promised::Deposits, typed), fen, "{typed}");
        }
        assert_eq!(quantity(Promised::Cards, "1,200"), Ok(1200));
        assert_eq!(quantity(Promised::Cards, "1.5"), Err("not_whole"));
    }

    #[test]
    fn a_fields_name_says_what_it_is_of() {
        for side in Side::ALL {
            for measure in Promised::ALL {
                assert_eq!(promise(&format!("{side}_{measure}")), Some(((side, measure), false)));
                assert_eq!(promise(&format!("{side}_{measure}_by_hand")), Some(((side, measure), true)));
            }
        }
        assert_eq!(promise("ours_money"), None);
    }
}
