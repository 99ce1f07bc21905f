use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::imports::{columns::OUTLETS, table, trial_file};

/// Name, bank, sub-name, tier, parent.
type Case = (&'static str, Option<&'static str>, Option<&'static str>, Option<Tier>, Option<&'static str>);

const CCB: Option<&str> = Some("中国建设银行");
const ICBC: Option<&str> = Some("中国工商银行");
const PSBC: Option<&str> = Some("中国邮政储蓄银行");
const BOC: Option<&str> = Some("中国银行");

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("中国建设银行(沣京路分理处)", CCB, Some("沣京路分理处"), Some(Tier::SubOffice), None),
    ("中国建设银行（户县支行营业室）", CCB, Some("户县支行营业室"), Some(Tier::SubBranch), Some("户县支行")),
    ("中国建设银行【户县支行】", CCB, Some("户县支行"), Some(Tier::SubBranch), None),
    ("陕西信合", Some("陕西信合"), None, None, None),
    ("招商银行(西安分行营业部)", Some("招商银行"), Some("西安分行营业部"), Some(Tier::Branch), Some("西安分行")),
    ("中国人民银行(咸阳市中心支行)", Some("中国人民银行"), Some("咸阳市中心支行"), Some(Tier::CentralSubBranch), None),
    ("秦农银行总行营业部", Some("秦农银行"), Some("总行营业部"), Some(Tier::HeadOffice), Some("总行")),
    ("秦农银行(汉城支行营业部)", Some("秦农银行"), Some("汉城支行营业部"), Some(Tier::SubBranch), Some("汉城支行")),
    ("中国光大银行(西安安仁坊社区支行)>", Some("中国光大银行"), Some("西安安仁坊社区支行"), Some(Tier::SubBranch), None),
    ("西安银行(玉泉路小微支行)", Some("西安银行"), Some("玉泉路小微支行"), Some(Tier::SubBranch), None),
    ("北京银行海璟新天社区支行(凤华路)", Some("北京银行"), Some("海璟新天社区支行"), Some(Tier::SubBranch), None),
    ("中国邮政储蓄银行(工农路营业所所)", PSBC, Some("工农路营业所所"), Some(Tier::SubOffice), None),
    ("农村商业银行(玉蝉分社店)", Some("农村商业银行"), Some("玉蝉分社店"), Some(Tier::SubOffice), None),
    ("中国邮政储蓄银行(西安分行钟楼支行贷款营业部)", PSBC, Some("西安分行钟楼支行贷款营业部"), Some(Tier::SubBranch), Some("西安分行钟楼支行")),
    ("中国邮政储蓄银行(理工大邮局营业部)", PSBC, Some("理工大邮局营业部"), Some(Tier::SubBranch), None),
    ("中国邮政储蓄银行(西郊营业厅)", PSBC, Some("西郊营业厅"), None, None),
    ("中国农业银行(秦都支行家属院)", Some("中国农业银行"), Some("秦都支行家属院"), None, None),
    ("中国农业银行股份有限公司咸阳秦都区支行个人贷款业务中心", Some("中国农业银行"), Some("咸阳秦都区支行个人贷款业务中心"), None, Some("咸阳秦都区支行")),
    ("陕西信合马庄支行", Some("陕西信合"), Some("马庄支行"), Some(Tier::SubBranch), None),
    ("陕西信合蓝田县城区信用社营业部", Some("陕西信合"), Some("蓝田县城区信用社营业部"), Some(Tier::SubBranch), None),
    ("信合农村信用合作联社天阜信用社", Some("信合农村信用合作联社"), Some("天阜信用社"), Some(Tier::SubOffice), None),
    ("陕西信合农村信用合作联社(玉泉西路信用社)", Some("陕西信合农村信用合作联社"), Some("玉泉西路信用社"), Some(Tier::SubOffice), None),
    ("渭城区周陵农村信用合作社(周陵信用社)", Some("渭城区周陵农村信用合作社"), Some("周陵信用社"), Some(Tier::SubOffice), None),
    ("引镇东街储蓄所", None, Some("引镇东街储蓄所"), Some(Tier::SubOffice), None),
    ("石油大学邮政储蓄", PSBC, None, None, None),
    ("爆爆爆", None, Some("爆爆爆"), None, None),
    ("长安大学-学生社团联合社", None, Some("长安大学-学生社团联合社"), None, None),
    ("工商曲江新区分局", None, Some("工商曲江新区分局"), None, None),
    ("中国工商银行24小时自助银行(钟楼支行)", ICBC, Some("钟楼支行"), None, None),
    ("中国工商银行ATM(钟楼支行)", ICBC, Some("钟楼支行"), None, None),
    ("浦发自助银行", Some("上海浦东发展银行"), Some("自助银行"), None, None),
    ("工行钟楼支行", ICBC, Some("钟楼支行"), Some(Tier::SubBranch), None),
    ("中国银行西安分行(钟楼支行)", BOC, Some("钟楼支行"), Some(Tier::SubBranch), Some("西安分行")),
    ("中国银行 - 钟楼支行", BOC, Some("钟楼支行"), Some(Tier::SubBranch), None),
    ("中国银行(西安)高新支行", BOC, Some("高新支行"), Some(Tier::SubBranch), None),
    ("中国银行(中国银行钟楼支行)", BOC, Some("钟楼支行"), Some(Tier::SubBranch), None),
    ("中国建设银行(建设银行经开区支行太华北路储蓄所)", CCB, Some("经开区支行太华北路储蓄所"), Some(Tier::SubOffice), Some("经开区支行")),
    ("中国银行(钟楼支行", BOC, Some("钟楼支行"), Some(Tier::SubBranch), None),
    ("", None, None, None, None),
];

#[test]
fn names_are_read() {
    for (name, bank, sub_name, tier, parent) in CASES {
        let reading = read(name);
        let found = (reading.bank.as_deref(), reading.sub_name.as_deref(), reading.tier, reading.parent.as_deref());
        assert_eq!(found, (*bank, *sub_name, *tier, *parent), "{name}");
        assert_eq!(reading.tier.is_none(), has_tier_doubt(&reading), "{name}: no tier without a warning");
        assert_eq!(reading.bank.is_none(), reading.doubts.contains(&Doubt::BankNotRead), "{name}");
    }
}

#[test]
fn a_sub_branch_at_a_business_centre_is_doubtful() {
    let reading = read("中国工商银行(西安浐灞商务中心支行)");
    assert_eq!((reading.tier, reading.doubts), (Some(Tier::CentralSubBranch), vec![Doubt::TierDoubtful]));
}

#[test]
fn every_name_of_the_trial_file_is_read_with_a_tier_or_a_warning() {
    let Some(bytes) = trial_file("xian_banks_bd09.csv") else { return };
    let table = table::read(&bytes, &OUTLETS).unwrap();
    let mut tiers = BTreeMap::new();
    let (mut banks, mut parents) = (0, 0);
    for row in &table.rows {
        let reading = read(table.text(row, "name").unwrap().unwrap());
        *tiers.entry(reading.tier).or_insert(0) += 1;
        banks += usize::from(reading.bank.is_some());
        parents += usize::from(reading.parent.is_some());
        assert_eq!(reading.tier.is_none(), has_tier_doubt(&reading));
    }
    println!("tiers {tiers:?}, with a bank {banks}, naming a parent {parents}");
    assert_eq!(tiers.values().sum::<usize>(), 1378);
    assert!(banks >= 1360, "{banks}");
}

fn has_tier_doubt(reading: &Reading) -> bool {
    reading.doubts.iter().any(|doubt| matches!(doubt, Doubt::TierNotRead | Doubt::SelfService))
}

proptest! {
    #[test]
    fn it_never_panics(name in any::<String>()) {
        read(&name);
    }

    #[test]
    fn it_never_panics_on_likely_words(words in prop::collection::vec(prop::sample::select(vec![
        "中国银行", "银行", "信用合作社", "(", ")", "支行", "分行", "营业部", "营业室", "所", "店", "总行", "自助", "中心", "陕西信合", "西",
    ]), 0..8)) {
        read(&words.concat());
    }
}

#[test]
fn a_short_name_says_bank_and_place_without_brackets() {
    for (name, short) in [
        ("中国工商银行(科技路支行)", "工行科技路支行"),
        ("中国建设银行（高新一路支行）", "建行高新一路支行"),
        ("高新路支行", "高新路支行"),
    ] {
        assert_eq!(super::short(name), short);
    }
}
