//! The columns of what was done for promises between a branch and its banks.

use super::{Column, Columns, SERIAL_NUMBER, column};

/// Key: outlet, what was promised, period; the side where both promised it.
pub const AGREEMENTS: Columns = Columns {
    columns: &[
        column("outlet_code", &["网点编号", "网点代码", "网点号", "机构编号", "outlet no", "outlet id"]),
        OUTLET,
        column(
            "measure",
            &["指标", "项目", "互惠指标", "指标名称", "互惠项目", "what", "item", "promise", "indicator"],
        ),
        column("period", &["时间", "期间", "周期", "月份", "季度", "年度", "考核期", "month", "quarter"]),
        column(
            "value",
            &["累计完成", "完成", "完成数", "实际完成", "累计", "完成情况", "进度", "done", "done so far", "actual"],
        ),
        column("side", &["哪一方", "承诺方", "谁答应的", "方", "whose", "promised by", "party"]),
    ],
    required: &[&["outlet_code", "outlet"], &["measure"], &["period"], &["value"]],
    ignored: SERIAL_NUMBER,
};

/// Under 网点 alone people write a code or a name; the caller tries both.
const OUTLET: Column = column("outlet", &["网点", "网点名称", "支行", "outlet name"]);
