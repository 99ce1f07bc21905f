//! The form in which the words of a sheet are explained: what each means, or that it means nothing.

use std::collections::HashMap;

use super::meaning::{Directory, Explained, Kind, Meaning};
use super::reading::{Reading, Word};
use crate::error::{Error, Faults, Result};
use crate::web::ticked::Pairs;

/// A word as the form shows it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What it is used for.
    pub kind: Kind,
    /// The word.
    pub text: String,
    /// Where it stands first.
    pub spot: String,
    /// How often it stands there.
    pub times: usize,
    /// What was typed, is remembered or is guessed.
    pub to: String,
    /// Means nothing.
    pub nothing: bool,
    /// Is still to be explained.
    pub is_new: bool,
}

/// The form for a reading: what is new with a guess, what was explained as it was.
pub fn asked(reading: &Reading, directory: &Directory) -> Vec<Asked> {
    let one = |word: &Word| {
        let is_new = word.meaning == Meaning::Unknown;
        let meaning = if is_new { directory.guess(word.kind, &word.text) } else { word.meaning };
        let to = match meaning {
            Meaning::One(id) => directory.one(word.kind, id).map(super::meaning::Target::label).unwrap_or_default(),
            Meaning::Nothing | Meaning::Unknown => String::new(),
        };
        Asked {
            kind: word.kind,
            text: word.text.clone(),
            spot: word.spot.to_string(),
            times: word.times,
            to,
            nothing: meaning == Meaning::Nothing,
            is_new,
        }
    };
    let (new, known): (Vec<Asked>, Vec<Asked>) = reading.words.iter().map(one).partition(|word| word.is_new);
    new.into_iter().chain(known).collect()
}

/// The most words of one form.
const MOST: usize = 1_000;

/// What was posted: `kind-N` and `word-N` say which, `to-N` what it means, `nothing-N` that it means nothing. A word with neither stays open.
///
/// # Errors
/// By field, `to-N`: `not_found`, `either_or`; what a form never sends.
pub fn parse(pairs: Pairs, directory: &Directory) -> Result<Vec<Explained>> {
    let mut fields: HashMap<String, String> = HashMap::new();
    for (name, value) in pairs {
        let known = ["kind-", "word-", "to-", "nothing-"].iter().any(|start| name.starts_with(start));
        if !known {
            return Err(Error::field(name, "unknown_field"));
        }
        if fields.contains_key(&name) {
            return Err(Error::field(name, "doubled_field"));
        }
        fields.insert(name, value);
    }
    let (mut explained, mut faults) = (Vec::new(), Faults::new());
    let field = |name: &str, n: usize| fields.get(&format!("{name}-{n}")).map_or("", |value| value.trim());
    for n in 0..MOST {
        let word = field("word", n);
        let Some(kind) = Kind::parse(field("kind", n)).filter(|_| !word.is_empty()) else { break };
        let (to, nothing) = (field("to", n), field("nothing", n) == "on");
        match (to, nothing) {
            ("", false) => {}
            ("", true) => explained.push((kind, word.to_owned(), None)),
            (_, true) => faults.add(format!("to-{n}"), "either_or"),
            (to, false) => {
                let found = faults.take(&format!("to-{n}"), directory.named(kind, to).ok_or("not_found"));
                explained.extend(found.map(|id| (kind, word.to_owned(), Some(id))));
            }
        }
    }
    faults.check()?;
    Ok(explained)
}

/// The form as it was sent, for showing it again.
pub fn as_typed(mut asked: Vec<Asked>, pairs: &Pairs) -> Vec<Asked> {
    let sent: HashMap<&str, &str> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for (n, word) in asked.iter_mut().enumerate() {
        word.to = sent.get(format!("to-{n}").as_str()).map(|to| (*to).to_owned()).unwrap_or_default();
        word.nothing = sent.contains_key(format!("nothing-{n}").as_str());
    }
    asked
}
