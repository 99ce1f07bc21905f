//! The two languages of the pages, mails and messages. Texts are Fluent files under `templates/locales/`; a test refuses a key that one language lacks.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::{LanguageIdentifier, langid};

/// A language people read.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

crate::text_column!(Lang);

/// (language, file, text) of every locale file.
pub const FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/locales.rs"));

static ZH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle("zh-CN", langid!("zh-CN")));
static EN: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle("en", langid!("en")));

impl Lang {
    /// Both, Chinese first.
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    /// The BCP 47 tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// The BCP 47 tag, for `lang` attributes.
    pub fn tag(self) -> &'static str {
        self.as_str()
    }

    /// Reads a tag: `zh`, `zh-CN`, `en-GB`, …
    pub fn parse(tag: &str) -> Option<Lang> {
        match tag.trim().split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The best of an `Accept-Language` header; Chinese when it names neither.
    pub fn accepted(header: &str) -> Lang {
        let mut best = (0.0_f32, Lang::Zh);
        for part in header.split(',') {
            let mut pieces = part.split(';');
            let Some(lang) = pieces.next().and_then(Lang::parse) else { continue };
            let weight = pieces.find_map(|p| p.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            if weight > best.0 {
                best = (weight, lang);
            }
        }
        best.1
    }

    /// The text of a key. Prefer the `t!` macro.
    pub fn text(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle: &FluentBundle<FluentResource> = match self {
            Lang::Zh => &ZH,
            Lang::En => &EN,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, language = self.as_str(), "a text is missing");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, args, &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(key, ?errors, "a text lacks a value");
        }
        text
    }

    /// Whether there is a text of this key.
    pub fn has(self, key: &str) -> bool {
        match self {
            Lang::Zh => ZH.has_message(key),
            Lang::En => EN.has_message(key),
        }
    }
}

/// The text of a key in a language, with values: `t!(lang, "late", n = 12)`.
#[macro_export]
macro_rules! t {
    ($lang:expr, $key:expr) => {
        $lang.text($key, None)
    };
    ($lang:expr, $key:expr, $($name:ident = $value:expr),+ $(,)?) => {{
        let mut args = fluent_bundle::FluentArgs::new();
        $(args.set(stringify!($name), $value);)+
        $lang.text($key, Some(&args))
    }};
}

fn bundle(language: &str, id: LanguageIdentifier) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // No isolation marks: the texts also go into mails, attributes and exports.
    bundle.set_use_isolating(false);
    for (of, name, text) in FILES {
        if *of != language {
            continue;
        }
        match FluentResource::try_new((*text).to_owned()) {
            Ok(resource) => {
                if let Err(errors) = bundle.add_resource(resource) {
                    tracing::error!(file = name, ?errors, "texts clash");
                }
            }
            Err((_, errors)) => tracing::error!(file = name, ?errors, "texts that cannot be read"),
        }
    }
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(language: &str) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for (of, file, text) in FILES.iter().filter(|(of, ..)| *of == language) {
            FluentResource::try_new((*text).to_owned()).unwrap_or_else(|e| panic!("{of}/{file}: {:?}", e.1));
            for line in text.lines().filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase())) {
                let key = line.split('=').next().unwrap_or_default().trim().to_owned();
                assert!(keys.insert(key.clone()), "{of}/{file}: {key} twice");
            }
        }
        keys
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let (zh, en) = (keys("zh-CN"), keys("en"));
        assert_eq!(zh.difference(&en).collect::<Vec<_>>(), Vec::<&String>::new(), "missing in English");
        assert_eq!(en.difference(&zh).collect::<Vec<_>>(), Vec::<&String>::new(), "missing in Chinese");
    }

    #[test]
    fn the_heaviest_language_of_the_header_is_taken() {
        assert_eq!(Lang::accepted("en-GB,en;q=0.9,zh;q=0.8"), Lang::En);
        assert_eq!(Lang::accepted("fr, zh-CN;q=0.5, en;q=0.4"), Lang::Zh);
        assert_eq!(Lang::accepted(""), Lang::Zh);
    }
}
