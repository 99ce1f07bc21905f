//! The columns that each kind of import knows, under the names people give them in English and Chinese. Width, case, spaces,
//! punctuation and what stands in brackets make no difference (see [`super::headers`]).

mod people;
mod promises;

pub use people::{BROKERS, CONTACTS, PROSPECTS};
pub use promises::AGREEMENTS;

/// One field and the headers it is known by; the first is the one that messages use. The field's own name is known as well.
#[derive(Debug)]
pub struct Column {
    pub field: &'static str,
    pub names: &'static [&'static str],
}

/// What a kind of import knows.
#[derive(Debug)]
pub struct Columns {
    pub columns: &'static [Column],
    /// Of each group at least one column must be in the file.
    pub required: &'static [&'static [&'static str]],
    /// Left out without a warning: they hold nothing of the record.
    pub ignored: &'static [&'static str],
}

const fn column(field: &'static str, names: &'static [&'static str]) -> Column {
    Column { field, names }
}

const SERIAL_NUMBER: &[&str] = &["序号", "行号", "serial", "serial no", "#"];

const ADDRESS: Column = column("address", &["地址", "网点地址", "小区地址", "详细地址", "通讯地址", "street address"]);
const DISTRICT: Column = column(
    "district",
    &["区县", "行政区", "行政区划", "区", "县区", "所在区", "所在区县", "所属区县", "辖区", "county"],
);
const LON: Column = column("lon", &["经度", "东经", "longitude", "lng", "long"]);
const LAT: Column = column("lat", &["纬度", "北纬", "latitude"]);

/// Outlets: by code, a row without one by name and place.
pub const OUTLETS: Columns = Columns {
    columns: &[
        column(
            "code",
            &[
                "编号",
                "网点编号",
                "代码",
                "网点代码",
                "网点号",
                "机构编号",
                "机构代码",
                "机构号",
                "编码",
                "outlet code",
                "outlet no",
                "outlet id",
                "id",
                "no",
                "number",
            ],
        ),
        column("name", &["名称", "网点名称", "网点", "网点全称", "机构名称", "网点名", "outlet", "outlet name"]),
        column("bank", &["银行", "银行名称", "所属银行", "合作银行", "行名", "bank name"]),
        column("sub_name", &["分支名", "分支", "分支名称", "支行名", "支行名称", "分支机构", "branch name"]),
        column(
            "tier",
            &["级别", "等级", "网点级别", "网点等级", "机构级别", "机构等级", "机构类型", "网点类型", "层级", "level"],
        ),
        ADDRESS,
        DISTRICT,
        column(
            "phone",
            &[
                "电话",
                "联系电话",
                "网点电话",
                "电话号码",
                "座机",
                "固定电话",
                "phones",
                "phone number",
                "telephone",
                "tel",
            ],
        ),
        LON,
        LAT,
        column("phase", &["阶段", "合作阶段", "渠道阶段", "开发阶段", "状态", "合作状态", "stage", "status"]),
        column("grade", &["评级", "级", "网点评级", "评分等级", "分级", "rating"]),
        column(
            "footfall",
            &[
                "日均客流",
                "日均客流量",
                "客流",
                "客流量",
                "日客流",
                "日客流量",
                "每日客流",
                "daily footfall",
                "footfall a day",
                "visitors a day",
            ],
        ),
        column("assets", &["资产", "客户资产", "资产规模", "引入资产", "托管资产", "资产(元)", "client assets"]),
        column(
            "radius",
            &[
                "半径",
                "围栏半径",
                "考勤半径",
                "签到半径",
                "打卡半径",
                "radius_m",
                "fence radius",
                "radius metres",
                "radius meters",
            ],
        ),
        column(
            "parent",
            &[
                "上级",
                "上级网点",
                "上级机构",
                "上级编号",
                "上级网点编号",
                "上级网点名称",
                "上级行",
                "管辖行",
                "主管行",
                "parent code",
                "parent outlet",
                "parent_id",
            ],
        ),
        column(
            "opening",
            &[
                "营业时间",
                "营业时段",
                "开门时间",
                "服务时间",
                "opening hours",
                "opening times",
                "business hours",
                "hours",
            ],
        ),
    ],
    required: &[&["code", "name"]],
    ignored: SERIAL_NUMBER,
};

/// Communities: by code, else name and place.
pub const COMMUNITIES: Columns = Columns {
    columns: &[
        column(
            "code",
            &["编号", "小区编号", "社区编号", "代码", "小区代码", "编码", "community code", "id", "no", "number"],
        ),
        column(
            "name",
            &[
                "名称",
                "小区名称",
                "社区名称",
                "小区",
                "社区",
                "小区名",
                "楼盘",
                "楼盘名称",
                "community",
                "community name",
            ],
        ),
        ADDRESS,
        DISTRICT,
        LON,
        LAT,
    ],
    required: &[&["code", "name"]],
    ignored: SERIAL_NUMBER,
};

/// Days of a calendar.
pub const CALENDAR: Columns = Columns {
    columns: &[
        column("date", &["日期", "day"]),
        column("is_workday", &["是否工作日", "工作日", "是否上班", "workday", "working day", "is working day"]),
        column("name", &["名称", "节日", "节假日", "节假日名称", "节日名称", "假日", "holiday", "holiday name"]),
    ],
    required: &[&["date"], &["is_workday"]],
    ignored: SERIAL_NUMBER,
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_name_stands_for_two_fields() {
        for columns in [&OUTLETS, &BROKERS, &CONTACTS, &PROSPECTS, &COMMUNITIES, &CALENDAR, &AGREEMENTS] {
            let mut seen = HashSet::new();
            for name in columns.columns.iter().flat_map(|c| c.names.iter().chain([&c.field])) {
                assert!(seen.insert(*name), "{name} is there twice");
            }
            for field in columns.required.iter().flat_map(|group| group.iter()) {
                assert!(columns.columns.iter().any(|c| c.field == *field), "{field}");
            }
        }
    }
}
