//! Forms with boxes to tick: one name may come many times, which a struct cannot hold.

use std::collections::HashMap;

use crate::db::Id;
use crate::error::{Error, Faults, Result};

/// The fields of a posted form as pairs; take them with `Form<Pairs>`.
pub type Pairs = Vec<(String, String)>;

/// A form of single fields and ticked records.
#[derive(Debug, Default)]
pub struct Ticked {
    fields: HashMap<String, String>,
    /// The ticked records, in their order.
    pub ids: Vec<Id>,
}

impl Ticked {
    /// Sorts the pairs: the fields of `single` at most once each, those named `many` as ids.
    ///
    /// # Errors
    /// By field: `unknown_field`, `doubled_field`, `wrong_type`.
    pub fn read(pairs: Pairs, single: &[&str], many: &str) -> Result<Ticked> {
        let (mut form, mut faults) = (Ticked::default(), Faults::new());
        for (name, value) in pairs {
            if name == many {
                form.ids.extend(faults.take(many, value.parse::<Id>().map_err(|_| "wrong_type")));
            } else if !single.contains(&name.as_str()) {
                faults.add(name, "unknown_field");
            } else if let Some(before) = form.fields.insert(name.clone(), value) {
                faults.add(name.clone(), "doubled_field");
                form.fields.insert(name, before);
            }
        }
        faults.check()?;
        Ok(form)
    }

    /// A field as typed; empty where it did not come.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// A field that holds an id.
    ///
    /// # Errors
    /// `required` or `wrong_type`, naming the field.
    pub fn id(&self, name: &'static str) -> Result<Id> {
        match self.text(name) {
            "" => Err(Error::field(name, "required")),
            text => text.parse().map_err(|_| Error::field(name, "wrong_type")),
        }
    }
}
