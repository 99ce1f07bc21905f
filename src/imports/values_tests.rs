use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn tiers_are_read_from_both_languages() {
    for (text, expected) in [
        ("总行", Some(Tier::HeadOffice)),
        ("分行", Some(Tier::Branch)),
        ("二级分行", Some(Tier::Branch)),
        ("分行营业部", Some(Tier::Branch)),
        ("中心支行", Some(Tier::CentralSubBranch)),
        ("支行", Some(Tier::SubBranch)),
        (" 支 行 ", None),
        ("支行营业部", Some(Tier::SubBranch)),
        ("支行营业室", Some(Tier::SubBranch)),
        ("营业部", Some(Tier::SubBranch)),
        ("社区支行", Some(Tier::SubBranch)),
        ("小微支行", Some(Tier::SubBranch)),
        ("分理处", Some(Tier::SubOffice)),
        ("储蓄所", Some(Tier::SubOffice)),
        ("营业所", Some(Tier::SubOffice)),
        ("分社", Some(Tier::SubOffice)),
        ("信用社", Some(Tier::SubOffice)),
        ("sub_branch", Some(Tier::SubBranch)),
        ("Sub-branch", Some(Tier::SubBranch)),
        ("ＨＥＡＤ ＯＦＦＩＣＥ", Some(Tier::HeadOffice)),
        ("central sub-branch", Some(Tier::CentralSubBranch)),
        ("未标注", None),
        ("村镇银行", None),
    ] {
        assert_eq!(tier(text), expected, "{text}");
    }
}

#[test]
fn words_are_read_from_both_languages() {
    assert_eq!(phase("新合作"), Ok("launch"));
    assert_eq!(phase("Established"), Ok("established"));
    assert_eq!(phase("?"), Err("unknown_phase"));
    assert_eq!(source("On-site"), Ok("on_site"));
    assert_eq!(source("转介绍"), Ok("referral"));
    assert_eq!(channel("微信"), Ok("wechat"));
    assert_eq!(channel("ＳＭＳ"), Ok("sms"));
    assert_eq!(channel("fax"), Err("unknown_channel"));
    assert_eq!(experience("新股民"), Ok("new"));
    assert_eq!(influence("决策"), Ok("decides"));
    assert_eq!(influence("gate-keeps"), Ok("gate_keeps"));
}

#[test]
fn yes_and_no() {
    for text in ["1", "是", "YES", "true", "Ｔｒｕｅ", "y"] {
        assert_eq!(yes_no(text), Ok(true), "{text}");
    }
    for text in ["0", "否", "No", "FALSE", "n"] {
        assert_eq!(yes_no(text), Ok(false), "{text}");
    }
    assert_eq!(yes_no("maybe"), Err("bad_yes_no"));
    assert_eq!(yes_no("10"), Err("bad_yes_no"));
}

#[test]
fn dates_in_every_usual_dress() {
    for text in [
        "2026-11-21",
        "2026/11/21",
        "2026.11.21",
        "2026年11月21日",
        "2026 年 11 月 21 日",
        "20261121",
        "２０２６－１１－２１",
        "2026-11-21 00:00",
        "2026-11-21T00:00:00",
        "2026/11/21 0:00:00",
        "2026年11月21号",
    ] {
        assert_eq!(date(text), Ok(day("2026-11-21")), "{text}");
    }
    assert_eq!(date("2026/1/2"), Ok(day("2026-01-02")));
    for text in [
        "",
        "2026-02-30",
        "2026-13-01",
        "26-11-21",
        "21/11/2026",
        "46347",
        "2026-11",
        "2026-11-21 09:30",
        "20261121093000",
        "2026-11-21x",
        "0226-11-21",
        "二〇二六",
    ] {
        assert_eq!(date(text), Err("bad_date"), "{text}");
    }
}

#[test]
fn moments_with_and_without_offset() {
    let local = |text: &str| Ok(Moment::Local(text.parse().unwrap()));
    for text in [
        "2026-11-21 09:30",
        "2026-11-21T09:30:00",
        "2026/11/21 9:30",
        "2026年11月21日9时30分",
        "2026年11月21日 上午9:30",
        "2026-11-21 9:30 AM",
        "20261121 09:30",
        "2026-11-21 09:30:00.250",
    ] {
        assert_eq!(moment(text), local("2026-11-21T09:30:00"), "{text}");
    }
    assert_eq!(moment("2026-11-21 下午2:05"), local("2026-11-21T14:05:00"));
    assert_eq!(moment("2026-11-21 12:00 am"), local("2026-11-21T00:00:00"));
    assert_eq!(moment("2026年11月21日9点"), local("2026-11-21T09:00:00"));
    assert_eq!(moment("2026-11-21"), local("2026-11-21T00:00:00"));
    let fixed = |text: &str| Ok(Moment::Fixed(DateTime::parse_from_rfc3339(text).unwrap()));
    assert_eq!(moment("2026-11-21T09:30:00+08:00"), fixed("2026-11-21T09:30:00+08:00"));
    assert_eq!(moment("2026-11-21 09:30+0800"), fixed("2026-11-21T09:30:00+08:00"));
    assert_eq!(moment("2026-11-21T01:30:00Z"), fixed("2026-11-21T01:30:00Z"));
    assert_eq!(moment("2026-11-21T01:30:00-05"), fixed("2026-11-21T01:30:00-05:00"));
    for text in [
        "昨天",
        "2026-11-21 25:00",
        "2026-11-21 9",
        "2026-11-21 09:60",
        "2026-11-21T09:30:00+99:00",
        "2026-11-2109:30",
        "2026-11-21 下午13点钟",
    ] {
        assert_eq!(moment(text), Err("bad_date_time"), "{text}");
    }
}

#[test]
fn times_of_day() {
    assert_eq!(time("17:05"), Ok(NaiveTime::from_hms_opt(17, 5, 0).unwrap()));
    assert_eq!(time("９：３０"), Ok(NaiveTime::from_hms_opt(9, 30, 0).unwrap()));
    assert_eq!(time("9:30Z"), Err("bad_time"));
    assert_eq!(time("24:00"), Err("bad_time"));
}

#[test]
fn coordinates_and_radius() {
    assert_eq!(longitude("108.6375"), Ok(108.6375));
    assert_eq!(longitude("１０８．６３７５"), Ok(108.6375));
    assert_eq!(longitude("108,6375"), Ok(108.6375));
    assert_eq!(longitude("108.6375°E"), Ok(108.6375));
    assert_eq!(latitude("北纬34.114143度"), Ok(34.114_143));
    assert_eq!(latitude("-33.5"), Ok(-33.5));
    for text in ["", "abc", "181", "NaN", "inf", "1e2", "108.6.3", "1,086,375", "108 6375", "--1"] {
        assert_eq!(longitude(text), Err("bad_coordinate"), "{text}");
    }
    assert_eq!(latitude("108.6"), Err("bad_coordinate"));
    assert_eq!(radius("150"), Ok(150.0));
    assert_eq!(radius("150 米"), Ok(150.0));
    assert_eq!(radius("80.5m"), Ok(80.5));
    assert_eq!(radius("0"), Err("bad_radius"));
    assert_eq!(radius("-3"), Err("bad_radius"));
    for text in ["300", "300人", "300 人次", "３００人/日", "300 visitors"] {
        assert_eq!(footfall(text), Ok(300.0), "{text}");
    }
    assert_eq!(footfall("很多"), Err("bad_footfall"));
}

#[test]
fn several_phones_in_a_cell() {
    assert_eq!(phones("(029)33312808,(029)33620691"), ["(029)33312808", "(029)33620691"]);
    assert_eq!(phones("０２９－８８８８； 13800138000、13800138000\n"), ["029-8888", "13800138000"]);
    assert!(phones(" , ").is_empty());
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "([0-9年月日时分:/. +TZ-]|上午|下午|\\PC){0,24}") {
        let _ = (date(&text), moment(&text), time(&text), longitude(&text), latitude(&text), radius(&text), tier(&text), yes_no(&text), phase(&text), phones(&text));
    }

    #[test]
    fn every_date_comes_back(days in 0_u64..100_000) {
        let written = day("1901-01-01") + chrono::Days::new(days);
        for pattern in ["%Y-%m-%d", "%Y/%m/%d", "%Y年%-m月%-d日", "%Y%m%d"] {
            prop_assert_eq!(date(&written.format(pattern).to_string()), Ok(written));
        }
    }
}
