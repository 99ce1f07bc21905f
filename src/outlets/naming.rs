//! Reads bank, tier and parent out of an outlet's name as maps and spreadsheets give it: `中国建设银行(户县支行营业室)` is a
//! sub-branch of 中国建设银行 under its 户县支行. What is read here only ever fills an empty field.

use super::banks;
use crate::text::{nfkc, one_line};

crate::text_enum! {
    /// The tier (等级) of an outlet within its bank.
    #[derive(PartialOrd, Ord)]
    pub enum Tier: Text {
        // From the top.
        HeadOffice = "head_office",
        Branch = "branch",
        CentralSubBranch = "central_sub_branch",
        SubBranch = "sub_branch",
        SubOffice = "sub_office",
    }
}

/// What could not be read, or only with doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// No bank's name was recognised.
    BankNotRead,
    /// The name says no tier.
    TierNotRead,
    /// An unattended place: machines, no one to post a broker with; it has no tier.
    SelfService,
    /// `…商务中心支行` may be a sub-branch at a business centre; it was read as a central sub-branch.
    TierDoubtful,
}

impl Doubt {
    /// The stable code of the warning.
    pub fn code(self) -> &'static str {
        match self {
            Self::BankNotRead => "bank_not_read",
            Self::TierNotRead => "tier_not_read",
            Self::SelfService => "self_service",
            Self::TierDoubtful => "tier_doubtful",
        }
    }
}

/// What an outlet's name tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The bank's name as it stands there; mere short forms (`工行`) become the full name.
    pub bank: Option<String>,
    /// The outlet's own name within the bank: `沣京路分理处`.
    pub sub_name: Option<String>,
    pub tier: Option<Tier>,
    /// The name within the same bank that the parent has, if this name says so: `户县支行` for `户县支行营业室`. Whether such an
    /// outlet is there is for the caller to find, by equal folded bank and sub-name.
    pub parent: Option<String>,
    pub doubts: Vec<Doubt>,
}

/// Reads a name. Never fails: what cannot be read is none and a doubt.
pub fn read(name: &str) -> Reading {
    let name = tidy(name);
    let parts = Parts::of(&name);
    let (bank, tail) = split_bank(parts.before);
    let sub_name = [parts.inside, parts.after, tail].into_iter().find(is_an_outlet);
    let sub_name = sub_name.or_else(|| [parts.inside, tail, parts.after].into_iter().find(|s| !s.is_empty()));
    let sub_name = sub_name.map(|sub_name| without_bank(sub_name, bank.as_deref()));
    let mut doubts = Vec::new();
    if bank.is_none() {
        doubts.push(Doubt::BankNotRead);
    }
    let tier = if is_self_service(&name) {
        doubts.push(Doubt::SelfService);
        None
    } else {
        let tier = sub_name.and_then(tier_of);
        if tier.is_none() {
            doubts.push(Doubt::TierNotRead);
        } else if tier == Some(Tier::CentralSubBranch) && sub_name.is_some_and(is_at_a_centre) {
            doubts.push(Doubt::TierDoubtful);
        }
        tier
    };
    let above = [tail, parts.after].into_iter().find(|s| sub_name != Some(*s) && is_above(s));
    let parent = sub_name.and_then(parent_of).or(above).map(str::to_owned);
    Reading { bank, sub_name: sub_name.map(str::to_owned), tier, parent, doubts }
}

/// The name as people say it, its bank short and without brackets (`工行科技路支行`): what is written where there is little room.
pub fn short(name: &str) -> String {
    let (bank, place) = banks::spoken(name).unwrap_or(("", name));
    format!("{bank}{}", place.trim().trim_matches(['(', ')', '（', '）']))
}

/// The tier that a name within a bank, or a cell of a tier column, ends in. A hall or counter (营业部, 营业室) has the
/// tier of the branch or sub-branch it belongs to.
pub fn tier_of(text: &str) -> Option<Tier> {
    const ENDINGS: &[(&str, Tier)] = &[
        ("总行", Tier::HeadOffice),
        ("分行", Tier::Branch),
        ("中心支行", Tier::CentralSubBranch),
        ("支行", Tier::SubBranch),
        ("分理处", Tier::SubOffice),
        ("储蓄所", Tier::SubOffice),
        ("营业所", Tier::SubOffice),
        ("分社", Tier::SubOffice),
        ("信用社", Tier::SubOffice),
    ];
    let ending_of = |text: &str| ENDINGS.iter().find(|(ending, _)| text.ends_with(ending)).map(|(_, tier)| *tier);
    let text = map_noise_off(text);
    if let Some(tier) = ending_of(text) {
        return Some(tier);
    }
    if let Some(of) = text.strip_suffix("营业部") {
        return ending_of(of).filter(|tier| *tier != Tier::SubOffice).or(Some(Tier::SubBranch));
    }
    text.strip_suffix("营业室").and_then(ending_of).filter(|tier| *tier != Tier::SubOffice)
}

/// The name before its brackets, within them, and after them.
struct Parts<'a> {
    before: &'a str,
    inside: &'a str,
    after: &'a str,
}

impl<'a> Parts<'a> {
    fn of(name: &'a str) -> Self {
        let Some(open) = name.find('(') else {
            return Self { before: name, inside: "", after: "" };
        };
        let rest = &name[open + 1..];
        let close = rest.rfind(')').unwrap_or(rest.len());
        let after = rest.get(close + 1..).unwrap_or("");
        Self { before: name[..open].trim(), inside: rest[..close].trim(), after: after.trim() }
    }
}

/// Half width, every kind of bracket round, and no stray marks at the end.
fn tidy(name: &str) -> String {
    let name: String = one_line(&nfkc(name))
        .chars()
        .map(|c| match c {
            '[' | '{' | '【' | '〔' | '〖' | '「' => '(',
            ']' | '}' | '】' | '〕' | '〗' | '」' => ')',
            c => c,
        })
        .collect();
    name.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '<' | '.' | '。' | ',' | ';' | '*' | '》'))
        .to_owned()
}

/// The bank at the beginning of a name, and what follows it.
fn split_bank(text: &str) -> (Option<String>, &str) {
    let (end, name) = match (banks::prefix(text), bank_word_end(text)) {
        (Some((length, name)), _) => (length, name.to_owned()),
        (None, Some(end)) => (end, text[..end].to_owned()),
        (None, None) if text.ends_with("邮政储蓄") => {
            return (banks::prefix("邮政储蓄").map(|(_, name)| name.to_owned()), "");
        }
        (None, None) => return (None, text),
    };
    let tail = text[end..].trim_start();
    let tail = banks::LEGAL_FORMS.iter().find_map(|form| tail.strip_prefix(form)).unwrap_or(tail);
    (Some(name), tail.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '·' | '—' | '_' | ':' | '/')))
}

/// `建设银行经开区支行` within the brackets of 中国建设银行 is its 经开区支行.
fn without_bank<'a>(sub_name: &'a str, bank: Option<&str>) -> &'a str {
    let again =
        banks::prefix(sub_name).filter(|(_, name)| bank.is_some_and(|bank| banks::key(bank) == banks::key(name)));
    again.map(|(length, _)| &sub_name[length..]).filter(|rest| tier_of(rest).is_some()).unwrap_or(sub_name)
}

/// Where the name of a bank in no list ends: after the first 银行, or after the words of a credit cooperative that stand
/// before any outlet's.
fn bank_word_end(text: &str) -> Option<usize> {
    const COOPERATIVES: &[&str] = &["信用合作联社", "信用合作社", "信用联合社", "信用联社"];
    const BRANDS: &[&str] = &["陕西信合", "中国信合", "农村信合"];
    let brand = BRANDS.iter().find(|brand| text.starts_with(**brand)).map(|brand| brand.len());
    let cooperative = COOPERATIVES.iter().filter_map(|word| text.find(word).map(|at| at + word.len())).min();
    let cooperative = cooperative.filter(|end| !holds_an_outlet(&text[brand.unwrap_or(0)..*end]));
    let bank = text.find("银行").map(|at| (at, at + "银行".len()));
    let bank = bank
        .filter(|(at, _)| *at > 0 && !text[..*at].ends_with("自助") && !text[..*at].ends_with("小时"))
        .map(|(_, end)| end);
    bank.or(cooperative).or(brand)
}

/// Whether an outlet is named within: `常宁分社西安市长安区农村信用合作联社`.
fn holds_an_outlet(text: &str) -> bool {
    ["支行", "分行", "分社", "信用社", "储蓄所", "分理处"].iter().any(|word| text.contains(word))
}

fn is_an_outlet(text: &&str) -> bool {
    tier_of(text).is_some()
}

fn is_above(text: &str) -> bool {
    text.ends_with("分行") || text.ends_with("支行")
}

/// Map services add 店 to a name, and some repeat the last character.
fn map_noise_off(text: &str) -> &str {
    let text = text.trim().trim_end_matches('店');
    if text.ends_with("所所") { &text[..text.len() - "所".len()] } else { text }
}

fn is_self_service(name: &str) -> bool {
    let upper = name.to_uppercase();
    upper.contains("ATM") || ["自助", "24小时", "离行式"].iter().any(|word| name.contains(word))
}

fn is_at_a_centre(text: &str) -> bool {
    const CENTRES: &[&str] = &[
        "商务中心",
        "商业中心",
        "购物中心",
        "会展中心",
        "金融中心",
        "体育中心",
        "服务中心",
        "商贸中心",
        "物流中心",
        "科技中心",
        "国际中心",
        "文化中心",
        "创业中心",
        "贸易中心",
        "展览中心",
        "行政中心",
        "交易中心",
        "批发中心",
        "政务中心",
    ];
    let of = map_noise_off(text);
    CENTRES.iter().any(|centre| of.strip_suffix("支行").is_some_and(|place| place.ends_with(centre)))
}

/// The branch or sub-branch that a longer name begins with, if the rest is a part of it and not a street named after it.
fn parent_of(sub_name: &str) -> Option<&str> {
    const PARTS: &[&str] = &["营业部", "营业室", "营业厅", "支行", "分行", "分理处", "所", "社", "中心", "部", "店"];
    const PLACES: &[char] = &['路', '街', '巷', '家', '大', '小', '东', '西', '南', '北', '旁', '对'];
    let end = ["总行", "分行", "支行"]
        .iter()
        .filter_map(|word| {
            sub_name.rmatch_indices(word).map(|(at, _)| at + word.len()).find(|end| *end < sub_name.len())
        })
        .max()?;
    let rest = sub_name[end..].trim();
    (PARTS.iter().any(|part| rest.ends_with(part)) && !rest.starts_with(PLACES)).then_some(&sub_name[..end])
}

#[cfg(test)]
#[path = "naming_tests.rs"]
mod tests;
