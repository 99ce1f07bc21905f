//! Who stands above whom: the parent named in a column or in the outlet's own name, looked for in the file and in what is there.

use std::collections::{HashMap, HashSet};

use super::draft::Draft;
use super::known::Known;
use crate::db::Id;
use crate::imports::run::{FieldChange, Findings};
use crate::imports::table::Table;
use crate::outlets::banks;
use crate::outlets::naming;
use crate::text::fold;

/// How many outlets may stand above one another.
const DEEPEST: usize = 20;

/// Outlets by what they are called, those of the file as it leaves them.
struct Index {
    by_code: HashMap<String, Id>,
    by_name: HashMap<String, Vec<Id>>,
    /// By bank and name within the bank.
    by_sub_name: HashMap<(String, String), Vec<Id>>,
    above: HashMap<Id, Id>,
    labels: HashMap<Id, String>,
}

enum Looked {
    One(Id),
    None,
    Several,
}

impl Index {
    fn new(drafts: &[Draft], known: &Known) -> Index {
        let mut index = Index {
            by_code: HashMap::new(),
            by_name: HashMap::new(),
            by_sub_name: HashMap::new(),
            above: HashMap::new(),
            labels: HashMap::new(),
        };
        let in_file: HashSet<Id> = drafts.iter().map(|d| d.outlet.id).collect();
        for draft in drafts {
            index.add(&draft.outlet, draft.bank_key(known), draft.reading.sub_name.as_deref());
        }
        for there in known.outlets.iter().filter(|t| !in_file.contains(&t.outlet.id)) {
            let reading = naming::read(&there.outlet.name);
            let bank = known.bank_name(there.outlet.bank_id);
            index.add(&there.outlet, banks::key(&bank), reading.sub_name.as_deref());
        }
        index
    }

    fn add(&mut self, outlet: &crate::outlets::record::Outlet, bank: String, sub_name: Option<&str>) {
        self.by_code.insert(outlet.code.clone(), outlet.id);
        self.by_name.entry(fold(&outlet.name)).or_default().push(outlet.id);
        if let Some(sub_name) = sub_name {
            self.by_sub_name.entry((bank, fold(sub_name))).or_default().push(outlet.id);
        }
        if let Some(parent) = outlet.parent_id {
            self.above.insert(outlet.id, parent);
        }
        self.labels.insert(outlet.id, outlet.name.clone());
    }

    /// The one outlet within a bank that is called so, other than the one that asks.
    fn within_bank(&self, bank: &str, name: &str, but: Id) -> Looked {
        let key = (bank.to_owned(), fold(name));
        one_of(self.by_sub_name.get(&key).map_or(&[][..], Vec::as_slice), but)
    }

    /// The one that a parent cell names: by code, by whole name, or by its name within the bank.
    fn named(&self, text: &str, bank: &str, but: Id) -> Looked {
        if let Some(id) = self.by_code.get(text).filter(|id| **id != but) {
            return Looked::One(*id);
        }
        match one_of(self.by_name.get(&fold(text)).map_or(&[][..], Vec::as_slice), but) {
            Looked::None => self.within_bank(bank, text, but),
            found => found,
        }
    }

    fn would_circle(&self, child: Id, parent: Id) -> bool {
        let mut at = Some(parent);
        for _ in 0..DEEPEST {
            match at {
                None => return false,
                Some(id) if id == child => return true,
                Some(id) => at = self.above.get(&id).copied(),
            }
        }
        true
    }
}

fn one_of(ids: &[Id], but: Id) -> Looked {
    let mut others = ids.iter().filter(|id| **id != but);
    match (others.next(), others.next()) {
        (None, _) => Looked::None,
        (Some(one), None) => Looked::One(*one),
        _ => Looked::Several,
    }
}

/// Gives each draft its parent. A parent that is not there: null and a warning.
pub fn resolve(table: &Table, drafts: &mut [Draft], known: &Known, findings: &mut Findings) {
    let mut index = Index::new(drafts, known);
    for draft in drafts {
        let id = draft.outlet.id;
        let bank = draft.bank_key(known);
        let (name, looked) = match (&draft.parent_cell, &draft.reading.parent) {
            (Some(cell), _) => (cell.clone(), index.named(cell, &bank, id)),
            (None, Some(name)) if draft.parent_may_be_read && draft.outlet.parent_id.is_none() => {
                (name.clone(), index.within_bank(&bank, name, id))
            }
            _ => continue,
        };
        let warning = match looked {
            Looked::One(parent) if Some(parent) == draft.outlet.parent_id => continue,
            Looked::One(parent) if index.would_circle(id, parent) => "parent_circular",
            Looked::One(parent) => {
                let label = |id: Option<Id>| id.and_then(|id| index.labels.get(&id).cloned()).unwrap_or_default();
                let (from, to) = (label(draft.outlet.parent_id), label(Some(parent)));
                draft.changes.push(FieldChange { field: "parent", from, to });
                draft.outlet.parent_id = Some(parent);
                index.above.insert(id, parent);
                continue;
            }
            Looked::None => "parent_not_found",
            Looked::Several => "parent_ambiguous",
        };
        findings.warnings.push(draft.parent_warning(table, warning, &name));
    }
}
