//! The conduct lint: words in notes and messages that a broker may not use to a client (promises, inside knowledge,
//! trading for them, handling their secrets). It warns and shows the text to compliance; it never refuses.

use super::fold;

/// What is looked for, folded and without spaces. The regulator's conduct rules for securities brokers forbid each.
const WORDS: &[&str] = &[
    "保本",
    "保收益",
    "保证收益",
    "承诺收益",
    "保底",
    "兜底",
    "刚兑",
    "稳赚",
    "包赚",
    "必赚",
    "只赚不赔",
    "稳赢",
    "包赢",
    "不会亏",
    "不亏钱",
    "零风险",
    "无风险",
    "没有风险",
    "内幕",
    "内部消息",
    "代操作",
    "代客操作",
    "代客理财",
    "替你操作",
    "帮你操作",
    "替您操作",
    "帮您操作",
    "代您操作",
    "全权委托",
    "代签",
    "代开户",
    "密码",
    "收益分成",
    "利润分成",
    "盈利分成",
    "guaranteed return",
    "risk-free",
    "risk free",
    "sure profit",
    "inside information",
    "insider tip",
    "password",
];

/// Said before such a word they turn it into the warning it should be: `不保本`, `不得承诺收益`.
const NEGATIONS: &[&str] = &[
    "不",
    "非",
    "不能",
    "不得",
    "不会",
    "不可",
    "不是",
    "并非",
    "严禁",
    "禁止",
    "切勿",
    "没有",
    "不存在",
    "not a ",
    "no ",
];

/// The words found, in the order of the list, each once.
pub fn hits(text: &str) -> Vec<&'static str> {
    let folded = fold(text);
    let joined: String = folded.chars().filter(|c| !is_filler(*c)).collect();
    WORDS.iter().copied().filter(|word| is_said(if word.is_ascii() { &folded } else { &joined }, word)).collect()
}

fn is_said(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !NEGATIONS.iter().any(|negation| text[..at].ends_with(negation)))
}

/// What is put between characters to get past a filter: `保 本`, `稳.赚`, `内*幕`.
fn is_filler(c: char) -> bool {
    c.is_whitespace() || matches!(c, '.' | '*' | '-' | '_' | '·' | '/' | '|' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn promises_and_secrets_are_noticed() {
        assert_eq!(hits("这个产品保本，稳赚"), ["保本", "稳赚"]);
        assert_eq!(hits("保 本"), ["保本"]);
        assert_eq!(hits("有内*幕，我代操作"), ["内幕", "代操作"]);
        assert_eq!(hits("把密码告诉我"), ["密码"]);
        assert_eq!(hits("It is Risk-Free, a GUARANTEED  return"), ["guaranteed return", "risk-free"]);
    }

    #[test]
    fn a_warning_to_the_client_is_not_a_promise() {
        assert!(hits("已说明产品不保本，不得承诺收益，并非无风险").is_empty());
        assert!(hits("约定周三带资料来开户").is_empty());
        assert_eq!(hits("不保本？放心，保本的"), ["保本"]);
    }

    proptest! {
        #[test]
        fn it_never_panics(text in any::<String>()) {
            hits(&text);
        }
    }
}
