//! Pages of prospects: the list, the form for one, and one with all that happened.

mod entry;
mod export;
mod list;
mod one;

use std::fmt::Debug;

pub use entry::{EntryView, Kind, Saved, TouchEntryView, entry, touch_entry};
pub use export::{ExportView, export};
pub use list::{ListView, Person, list, people};
pub use one::{Line, OneView, one};

use super::Lang;
use super::form::Choice;
use crate::t;

/// What is wrong, by field, in the reader's language.
#[derive(Debug, Default, Clone)]
pub struct Problems(pub Vec<(String, String)>);

impl Problems {
    /// What is wrong with a field or within it.
    pub fn of(&self, field: &str) -> Option<&str> {
        let within = |name: &str| name == field || name.strip_prefix(field).is_some_and(|rest| rest.starts_with('.'));
        self.0.iter().find(|(name, _)| within(name)).map(|(_, words)| words.as_str())
    }

    /// As the list on top wants them: the field's id and the words.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(field, words)| (field.split('.').next().unwrap_or(field), words.as_str())).collect()
    }
}

/// Values with the words for them, `prefix` and the value being the key of a text.
fn choices(lang: Lang, prefix: &str, values: &[&'static str]) -> Vec<(&'static str, String)> {
    values.iter().map(|value| (*value, t!(lang, &format!("{prefix}-{}", value.replace('_', "-"))))).collect()
}

fn as_choices<'a>(pairs: &'a [(impl AsRef<str> + Debug, String)]) -> Vec<Choice<'a>> {
    pairs.iter().map(|(value, label)| Choice { value: value.as_ref(), label }).collect()
}
