//! Banks by name: the kind of a bank (性质), and which spellings mean the same bank.

use crate::text::fold;

crate::text_enum! {
    /// The kind of a bank (性质).
    pub enum BankKind {
        StateOwned = "state_owned",
        PostalSavings = "postal_savings",
        Policy = "policy",
        JointStock = "joint_stock",
        CityCommercial = "city_commercial",
        Rural = "rural",
        Foreign = "foreign",
    }
}

/// A bank known by name: its full name, its kind, and the other spellings of it.
struct Known {
    name: &'static str,
    kind: Option<BankKind>,
    aliases: &'static [&'static str],
}

impl Known {
    /// What people call it: the shortest of its names, without the words that all of them have.
    fn short(&self) -> &'static str {
        let names = std::iter::once(self.name).chain(self.aliases.iter().copied());
        let bare = names.map(|name| name.trim_start_matches("中国")).filter(|name| !name.is_empty() && *name != "银行");
        let bare = bare.map(|name| name.strip_suffix("银行").unwrap_or(name));
        // 交行 and not 交通.
        bare.min_by_key(|name| (name.chars().count(), !name.ends_with('行'))).unwrap_or(self.name)
    }
}

const fn known(name: &'static str, kind: BankKind, aliases: &'static [&'static str]) -> Known {
    Known { name, kind: Some(kind), aliases }
}

/// The state-owned, policy and joint-stock banks of the regulator's list of institutions, with the short names in daily use. The central
/// bank is there so that it is not taken for a city bank.
const KNOWN: &[Known] = &[
    Known { name: "中国人民银行", kind: None, aliases: &["人民银行", "央行"] },
    known("中国工商银行", BankKind::StateOwned, &["工商银行", "工行"]),
    known("中国农业银行", BankKind::StateOwned, &["农业银行", "农行"]),
    known("中国银行", BankKind::StateOwned, &["中行"]),
    known("中国建设银行", BankKind::StateOwned, &["建设银行", "建行"]),
    known("交通银行", BankKind::StateOwned, &["中国交通银行", "交行"]),
    known(
        "中国邮政储蓄银行",
        BankKind::PostalSavings,
        &["邮政储蓄银行", "邮储银行", "中国邮政储蓄", "邮政储蓄", "邮储"],
    ),
    known("国家开发银行", BankKind::Policy, &["国开行"]),
    known("中国进出口银行", BankKind::Policy, &["进出口银行"]),
    known("中国农业发展银行", BankKind::Policy, &["农业发展银行", "农发行"]),
    known("招商银行", BankKind::JointStock, &["招行"]),
    known("上海浦东发展银行", BankKind::JointStock, &["浦东发展银行", "浦发银行", "浦发"]),
    known("中信银行", BankKind::JointStock, &["中信实业银行"]),
    known("中国光大银行", BankKind::JointStock, &["光大银行"]),
    known("华夏银行", BankKind::JointStock, &[]),
    known("中国民生银行", BankKind::JointStock, &["民生银行"]),
    known("广发银行", BankKind::JointStock, &["广东发展银行"]),
    known("兴业银行", BankKind::JointStock, &[]),
    known("平安银行", BankKind::JointStock, &["深圳发展银行"]),
    known("浙商银行", BankKind::JointStock, &[]),
    known("恒丰银行", BankKind::JointStock, &[]),
    known("渤海银行", BankKind::JointStock, &[]),
];

/// Begins of the names of foreign banks (and those of Hong Kong, Macao and Taiwan) with outlets on the mainland.
const FOREIGN: &[&str] = &[
    "汇丰",
    "渣打",
    "东亚",
    "花旗",
    "星展",
    "恒生",
    "南洋商业",
    "韩亚",
    "友利",
    "新韩",
    "企业银行(中国)",
    "国民银行(中国)",
    "三菱",
    "三井住友",
    "瑞穗",
    "大华",
    "华侨",
    "永亨",
    "永隆",
    "大新",
    "创兴",
    "集友",
    "德意志",
    "法国",
    "摩根",
    "澳大利亚",
    "澳新",
    "瑞士",
    "瑞银",
    "富邦",
    "盘谷",
    "正信",
    "玉山",
    "国泰世华",
    "首都银行",
    "蒙特利尔",
    "东方汇理",
    "彰化",
    "台湾",
    "中国信托",
];

/// Words of which one makes a bank rural: rural commercial banks, credit cooperatives, village banks.
const RURAL: &[&str] = &["农村", "农商", "农信", "信合", "信用社", "信用合作", "信用联", "村镇", "秦农"];

/// The kind of the bank with this name; none for the central bank and for what is no bank's name. A bank in no list is a
/// city commercial one: the others are few and known.
pub fn kind_of(name: &str) -> Option<BankKind> {
    let name = legal_form_off(&fold(name)).to_owned();
    if let Some(known) = find(&name) {
        return known.kind;
    }
    if RURAL.iter().any(|word| name.contains(word)) {
        return Some(BankKind::Rural);
    }
    if FOREIGN.iter().any(|begin| name.starts_with(begin)) && name.contains("银行") {
        return Some(BankKind::Foreign);
    }
    name.contains("银行").then_some(BankKind::CityCommercial)
}

/// Two names with an equal key are one bank: `工行`, `工商银行` and `中国工商银行股份有限公司`. For finding the bank that is there
/// before a new one is made.
pub fn key(name: &str) -> String {
    let name = legal_form_off(&fold(name)).to_owned();
    find(&name).map_or(name, |known| known.name.to_owned())
}

/// The known bank whose name or alias begins this text, longest first, with the length in bytes of that beginning and the
/// name to give the bank: the text's own words, or the full name where they are a mere short form (`工行`, `邮储`).
pub(super) fn prefix(text: &str) -> Option<(usize, &'static str)> {
    let named = |known: &'static Known| {
        let short = |alias: &'static str| if alias.ends_with("银行") { alias } else { known.name };
        std::iter::once((known.name.len(), known.name, known.name))
            .chain(known.aliases.iter().map(move |a| (a.len(), *a, short(a))))
    };
    KNOWN
        .iter()
        .flat_map(named)
        .filter(|(_, words, _)| text.starts_with(words))
        .max_by_key(|(length, ..)| *length)
        .map(|(length, _, name)| (length, name))
}

/// An outlet's name in two: its bank as people call it (`工行`, `浦发`, `西安银行`), and what follows without the bank's legal form. None where no bank's name
/// begins it, or nothing follows.
pub fn spoken(name: &str) -> Option<(&str, &str)> {
    let (bank, rest) = match prefix(name) {
        Some((length, _)) => (find(&name[..length])?.short(), &name[length..]),
        None => name.split_at(name.find("银行")? + "银行".len()),
    };
    let rest = LEGAL_FORMS.iter().find_map(|form| rest.strip_prefix(form)).unwrap_or(rest);
    (!rest.is_empty()).then_some((bank, rest))
}

/// What follows a company's name in the register and tells nothing about an outlet.
pub(super) const LEGAL_FORMS: &[&str] = &["股份有限公司", "有限责任公司", "有限公司"];

fn legal_form_off(name: &str) -> &str {
    LEGAL_FORMS.iter().find_map(|form| name.strip_suffix(form)).unwrap_or(name)
}

fn find(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name || known.aliases.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_follows_from_the_name() {
        for (name, kind) in [
            ("中国工商银行", Some(BankKind::StateOwned)),
            ("交通银行股份有限公司", Some(BankKind::StateOwned)),
            ("工行", Some(BankKind::StateOwned)),
            ("中国邮政储蓄银行", Some(BankKind::PostalSavings)),
            ("国家开发银行", Some(BankKind::Policy)),
            ("中国农业发展银行", Some(BankKind::Policy)),
            ("光大银行", Some(BankKind::JointStock)),
            ("广东发展银行", Some(BankKind::JointStock)),
            ("渤海银行", Some(BankKind::JointStock)),
            ("汇丰银行", Some(BankKind::Foreign)),
            ("东亚银行(中国)有限公司", Some(BankKind::Foreign)),
            ("法国兴业银行", Some(BankKind::Foreign)),
            ("农村商业银行", Some(BankKind::Rural)),
            ("北京农商银行", Some(BankKind::Rural)),
            ("秦农银行", Some(BankKind::Rural)),
            ("陕西信合", Some(BankKind::Rural)),
            ("渭城区周陵农村信用合作社", Some(BankKind::Rural)),
            ("海丝村镇银行", Some(BankKind::Rural)),
            ("西安银行", Some(BankKind::CityCommercial)),
            ("长安银行", Some(BankKind::CityCommercial)),
            ("中国人民银行", None),
            ("开元金融", None),
        ] {
            assert_eq!(kind_of(name), kind, "{name}");
        }
    }

    #[test]
    fn an_outlet_is_its_bank_as_people_call_it_and_the_rest() {
        for (name, spoken_as) in [
            ("中国工商银行股份有限公司西安南大街支行", Some(("工行", "西安南大街支行"))),
            ("中国农业银行西安钟楼支行", Some(("农行", "西安钟楼支行"))),
            ("中国银行(吉祥路分理处)", Some(("中行", "(吉祥路分理处)"))),
            ("建设银行高新支行", Some(("建行", "高新支行"))),
            ("交通银行北关支行", Some(("交行", "北关支行"))),
            ("中国邮政储蓄银行小寨支行", Some(("邮储", "小寨支行"))),
            ("招商银行长安路支行", Some(("招行", "长安路支行"))),
            ("上海浦东发展银行西安分行", Some(("浦发", "西安分行"))),
            ("中国光大银行股份有限公司莲湖支行", Some(("光大", "莲湖支行"))),
            ("中信银行南门支行", Some(("中信", "南门支行"))),
            ("西安银行股份有限公司南关支行", Some(("西安银行", "南关支行"))),
            ("长安银行", None),
            ("南关支行", None),
        ] {
            assert_eq!(spoken(name), spoken_as, "{name}");
        }
    }

    #[test]
    fn spellings_of_one_bank_have_one_key() {
        for name in ["工行", "工商银行", "中国工商银行", "中国工商银行股份有限公司", " 中国工商银行 "]
        {
            assert_eq!(key(name), "中国工商银行", "{name}");
        }
        assert_eq!(key("西安银行股份有限公司"), "西安银行");
        assert_ne!(key("中国银行"), key("中国农业银行"));
    }
}
