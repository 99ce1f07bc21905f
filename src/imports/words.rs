//! The words of a column that knows only some: the API's own, those that pages and exports show in either language, and others that people write.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::values::Read;
use crate::language::Lang;
use crate::text::fold;

/// Each word of the API with what people write for it besides what they are shown.
type Others = &'static [(&'static str, &'static [&'static str])];

/// The words of a column.
pub struct Words {
    /// What is shown for a word: the text of `{shown}-{word}`.
    shown: &'static str,
    /// The code of another word.
    refused: &'static str,
    others: Others,
    known: OnceLock<HashMap<String, &'static str>>,
}

impl Words {
    const fn new(shown: &'static str, refused: &'static str, others: Others) -> Words {
        Words { shown, refused, others, known: OnceLock::new() }
    }

    /// The API's word for what stands in a cell.
    ///
    /// # Errors
    /// The code of a word that is not known.
    pub fn read(&self, text: &str) -> Read<&'static str> {
        let known = self.known.get_or_init(|| self.all().map(|(api, word)| (squeezed(&word), api)).collect());
        known.get(&squeezed(text)).copied().ok_or(self.refused)
    }

    /// Every word that is known, with the API's.
    fn all(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        self.others.iter().flat_map(|(api, others)| {
            let shown = Lang::ALL.map(|lang| self.shown(lang, api));
            let written = std::iter::once(api).chain(*others).map(|word| (*word).to_owned());
            written.chain(shown).map(move |word| (*api, word))
        })
    }

    fn shown(&self, lang: Lang, api: &str) -> String {
        lang.text(&format!("{}-{}", self.shown, api.replace('_', "-")), None)
    }
}

/// What may stand in a cell that was refused with this code, as it is shown; none where that is told otherwise.
pub fn allowed(lang: Lang, refused: &str) -> Option<String> {
    let words = ALL.into_iter().find(|words| words.refused == refused)?;
    let shown: Vec<String> = words.others.iter().map(|(api, _)| words.shown(lang, api)).collect();
    Some(shown.join(if lang == Lang::Zh { "、" } else { ", " }))
}

/// Folded, without spaces, dashes and underscores.
pub fn squeezed(text: &str) -> String {
    fold(text).chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_')).collect()
}

static ALL: [&Words; 7] = [&PHASES, &SOURCES, &CHANNELS, &EXPERIENCE, &INFLUENCES, &PROMISES, &SIDES];

/// The phases of an outlet.
pub static PHASES: Words = Words::new(
    "phase",
    "unknown_phase",
    &[
        ("prospecting", &["拟开发", "待开发", "未开发", "意向", "潜在", "摸底", "prospect"]),
        ("contacted", &["已接触", "接触", "接触中", "已联系", "已拜访", "contact"]),
        ("negotiating", &["洽谈", "洽谈中", "谈判", "谈判中", "协商", "协商中", "negotiation"]),
        ("launch", &["新合作", "启动", "启动期", "新开", "新进驻", "试运行", "launching", "launched"]),
        ("established", &["稳定", "稳定合作", "成熟", "合作中", "已合作", "正常", "正常合作", "active"]),
        ("dormant", &["休眠", "暂停", "暂停合作", "停滞", "paused"]),
        ("ended", &["终止", "已终止", "终止合作", "结束", "已结束", "停止", "停止合作", "退出", "已退出", "closed"]),
    ],
);

/// How a prospect was met.
pub static SOURCES: Words = Words::new(
    "prospect-source",
    "unknown_source",
    &[
        ("on_site", &["驻点", "网点", "现场", "网点现场", "驻点现场", "厅堂", "onsite", "outlet"]),
        ("event", &["活动", "联合活动", "讲座", "报告会", "客户见面会", "events"]),
        (
            "referral",
            &["转介绍", "介绍", "推荐", "客户介绍", "客户转介绍", "银行介绍", "银行转介绍", "银行推荐", "referred"],
        ),
        ("community", &["社区", "小区", "社区宣传", "小区宣传"]),
        ("other", &["其他", "其它", "others"]),
    ],
);

/// How a prospect likes to be reached.
pub static CHANNELS: Words = Words::new(
    "prospect-channel",
    "unknown_channel",
    &[
        ("sms", &["短信", "手机短信", "text", "text message"]),
        ("call", &["电话", "来电", "打电话", "致电", "phone", "phone call", "telephone"]),
        ("wechat", &["微信", "weixin", "we chat"]),
    ],
);

/// How long a prospect has been in the market.
pub static EXPERIENCE: Words = Words::new(
    "prospect-experience",
    "unknown_experience",
    &[
        (
            "new",
            &["new to the market", "新股民", "新手", "无", "无经验", "没有", "没有经验", "未开户", "none", "beginner"],
        ),
        ("experienced", &["老股民", "有", "有经验", "丰富", "old hand"]),
        ("unknown", &["not known", "未知", "不详", "不清楚", "不明"]),
    ],
);

/// What weight a contact's word has.
pub static INFLUENCES: Words = Words::new(
    "influence",
    "unknown_influence",
    &[
        ("decides", &["决策", "决定", "决策人", "决策者", "拍板", "decision", "decision maker", "decide"]),
        ("advises", &["建议", "参谋", "参与", "参与决策", "建议者", "影响", "adviser", "advisor", "advise"]),
        ("gate_keeps", &["把关", "守门", "守门人", "把关人", "gatekeeper", "gatekeeps", "gate-keeps", "gate keeper"]),
    ],
);

/// What a branch and a bank promise each other.
pub static PROMISES: Words = Words::new(
    "promised",
    "unknown_promise",
    &[
        ("custody_signed", &["三方存管", "第三方存管", "存管户", "存管账户", "custody", "custody accounts"]),
        ("accounts_opened", &["开户", "新开户", "证券开户", "accounts", "accounts opened"]),
        ("cards", &["办卡", "银行卡", "信用卡", "借记卡", "卡", "card"]),
        ("deposits", &["存款", "揽存", "新增存款", "日均存款", "deposit"]),
        ("referrals", &["转介绍客户", "转介绍", "推荐客户", "客户推荐", "referral"]),
        ("desk_days", &["驻点人天", "驻点", "人天", "驻点天数", "desk days", "person-days"]),
        ("events", &["联合活动", "活动", "活动场次", "场次", "event"]),
    ],
);

/// Whose promise it is.
pub static SIDES: Words = Words::new(
    "promised-by",
    "unknown_side",
    &[
        ("ours", &["我们", "我方", "券商", "营业部", "证券", "我司", "us", "we"]),
        ("theirs", &["行方", "银行", "对方", "网点", "them", "bank"]),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_stands_for_two_values() {
        for words in ALL {
            let mut seen: HashMap<String, &str> = HashMap::new();
            for (api, word) in words.all() {
                let before = seen.insert(squeezed(&word), api);
                assert!(before.is_none_or(|before| before == api), "{word}: {before:?}, {api}");
            }
        }
    }

    #[test]
    fn what_pages_show_is_read_in_either_language_and_what_is_refused_is_told_what_may_stand_there() {
        for (words, shown, api) in [
            (&PHASES, "稳定合作", "established"),
            (&SOURCES, "网点", "on_site"),
            (&SOURCES, "小区", "community"),
            (&SOURCES, "On site", "on_site"),
            (&CHANNELS, "WeChat", "wechat"),
            (&EXPERIENCE, "Old hand", "experienced"),
            (&INFLUENCES, "keeps the gate", "gate_keeps"),
            (&PROMISES, "Joint events", "events"),
            (&SIDES, "行方", "theirs"),
        ] {
            assert_eq!(words.read(shown), Ok(api), "{shown}");
        }
        assert_eq!(PHASES.read("?"), Err("unknown_phase"));
        assert_eq!(allowed(Lang::Zh, "unknown_source").as_deref(), Some("网点、活动、转介绍、小区、其他"));
        assert_eq!(allowed(Lang::En, "unknown_channel").as_deref(), Some("SMS, Call, WeChat"));
        assert_eq!(allowed(Lang::En, "bad_date"), None);
    }
}
