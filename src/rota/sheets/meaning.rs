//! What the words of a sheet mean in a branch: its brokers and outlets by name, and the codes that were explained before.

use std::collections::HashMap;

use crate::db::Id;
use crate::text::fold;

crate::text_enum! {
    /// What a word stands for.
    #[derive(PartialOrd, Ord)]
    #[schema(as = SheetKind)]
    pub enum Kind {
        /// An outlet.
        Outlet = "outlet",
        /// A broker.
        Broker = "broker",
    }
}

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// This one.
    One(Id),
    /// Nothing: a day off, a remark.
    Nothing,
    /// Nobody knows yet.
    Unknown,
}

/// Somebody or something that a word can stand for.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its id.
    pub id: Id,
    /// What it is called.
    pub name: String,
    /// Its code, or the broker's login.
    pub code: String,
}

impl Target {
    /// As forms offer it, and take it back.
    pub fn label(&self) -> String {
        format!("{} ({})", self.name, self.code)
    }
}

/// Who and what a branch has.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Brokers who may be planned, by name.
    pub brokers: Vec<Target>,
    /// Outlets, by name.
    pub outlets: Vec<Target>,
    words: HashMap<(Kind, String), Vec<usize>>,
    remembered: HashMap<(Kind, String), Option<Id>>,
}

/// What people write on days off, offered as meaning nothing.
const OFF: [&str; 22] = [
    "休", "休息", "轮休", "调休", "公休", "假", "请假", "年假", "事假", "病假", "产假", "婚假", "丧假", "补休", "培训",
    "off", "rest", "leave", "x", "/", "-", "—",
];

/// Equal names however they are spaced: `张 三` is 张三.
pub fn squeeze(text: &str) -> String {
    fold(text).chars().filter(|c| !c.is_whitespace()).collect()
}

impl Directory {
    /// With nothing remembered.
    pub fn new(brokers: Vec<Target>, outlets: Vec<Target>) -> Directory {
        let mut words: HashMap<(Kind, String), Vec<usize>> = HashMap::new();
        for (kind, all) in [(Kind::Broker, &brokers), (Kind::Outlet, &outlets)] {
            for (at, one) in all.iter().enumerate() {
                for word in [squeeze(&one.name), squeeze(&one.code), squeeze(&one.label())] {
                    let known = words.entry((kind, word)).or_default();
                    if known.last() != Some(&at) {
                        known.push(at);
                    }
                }
            }
        }
        Directory { brokers, outlets, words, remembered: HashMap::new() }
    }

    /// Takes a code as explained; `kind` none: it means nothing, whatever it is used for.
    pub fn remember(&mut self, kind: Option<Kind>, code: String, target: Option<Id>) {
        for kind in kind.map_or(vec![Kind::Broker, Kind::Outlet], |kind| vec![kind]) {
            self.remembered.insert((kind, code.clone()), target);
        }
    }

    /// All of a kind.
    pub fn all(&self, kind: Kind) -> &[Target] {
        match kind {
            Kind::Broker => &self.brokers,
            Kind::Outlet => &self.outlets,
        }
    }

    /// The one of an id.
    pub fn one(&self, kind: Kind, id: Id) -> Option<&Target> {
        self.all(kind).iter().find(|one| one.id == id)
    }

    /// Whom or what a text names by itself: by name, code, login, or as a form offers it; none where nobody or several.
    pub fn named(&self, kind: Kind, text: &str) -> Option<Id> {
        match self.words.get(&(kind, squeeze(text))).map(Vec::as_slice) {
            Some([at]) => self.all(kind).get(*at).map(|one| one.id),
            _ => None,
        }
    }

    /// What a word means: as it was explained, else whom or what it names.
    pub fn meaning(&self, kind: Kind, text: &str) -> Meaning {
        match self.remembered.get(&(kind, squeeze(text))) {
            Some(None) => return Meaning::Nothing,
            // What was explained by somebody who left, or an outlet of another branch by now, is asked again.
            Some(Some(id)) if self.one(kind, *id).is_some() => return Meaning::One(*id),
            _ => {}
        }
        self.named(kind, text).map_or(Meaning::Unknown, Meaning::One)
    }

    /// Whether a text names a broker.
    pub fn knows_broker(&self, text: &str) -> bool {
        matches!(self.meaning(Kind::Broker, text), Meaning::One(_))
    }

    /// Whether a text names an outlet.
    pub fn knows_outlet(&self, text: &str) -> bool {
        matches!(self.meaning(Kind::Outlet, text), Meaning::One(_))
    }

    /// What an unknown word probably means, to be confirmed: a day off, or the only one whose name holds it.
    pub fn guess(&self, kind: Kind, text: &str) -> Meaning {
        let word = squeeze(text);
        if OFF.contains(&word.as_str()) {
            return Meaning::Nothing;
        }
        if word.chars().count() < 2 {
            return Meaning::Unknown;
        }
        let mut holding = self.all(kind).iter().filter(|one| squeeze(&one.name).contains(&word));
        match (holding.next(), holding.next()) {
            (Some(one), None) => Meaning::One(one.id),
            _ => Meaning::Unknown,
        }
    }
}

/// An explained word: what it is used for, the word, and what it means; none: nothing.
pub type Explained = (Kind, String, Option<Id>);
