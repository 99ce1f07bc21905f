//! The columns of imports about people: brokers, contacts and prospects.

use super::{Column, Columns, SERIAL_NUMBER, column};

const MOBILE: Column = column(
    "mobile",
    &[
        "手机",
        "手机号",
        "手机号码",
        "移动电话",
        "联系电话",
        "电话",
        "mobile number",
        "mobile phone",
        "cell",
        "cell phone",
        "phone",
        "phone number",
        "tel",
    ],
);
const EMAIL: Column = column("email", &["邮箱", "电子邮箱", "邮箱地址", "邮件", "电子邮件", "mail", "email address"]);
const NOTE: Column =
    column("note", &["备注", "说明", "附注", "notes", "remark", "remarks", "comment", "comments", "memo"]);
const OUTLET_CODE: Column =
    column("outlet_code", &["网点编号", "网点代码", "网点号", "机构编号", "outlet no", "outlet id"]);
/// Under 网点 alone people write a code or a name; the caller tries both.
const OUTLET: Column =
    column("outlet", &["网点", "网点名称", "所属网点", "所在网点", "驻点网点", "支行", "outlet name"]);

/// Brokers: by certificate number, else login.
pub const BROKERS: Columns = Columns {
    columns: &[
        column(
            "login",
            &[
                "登录名",
                "登录账号",
                "登陆名",
                "账号",
                "账户名",
                "用户名",
                "工号",
                "user",
                "username",
                "user name",
                "login name",
                "account",
            ],
        ),
        column("name", &["姓名", "经纪人", "经纪人姓名", "员工姓名", "full name", "broker", "broker name"]),
        EMAIL,
        MOBILE,
        column(
            "certificate_no",
            &[
                "执业证书编号",
                "执业证书号",
                "执业证书号码",
                "执业证书",
                "执业编号",
                "证书编号",
                "证书号",
                "登记编号",
                "certificate",
                "certificate number",
                "certificate no",
                "practice certificate",
                "cert no",
            ],
        ),
        column(
            "certificate_expires_on",
            &[
                "证书有效期",
                "证书有效期至",
                "证书到期日",
                "证书到期",
                "执业证书有效期",
                "执业证书有效期至",
                "执业证书到期日",
                "有效期",
                "有效期至",
                "有效期限",
                "到期日",
                "到期日期",
                "certificate expiry",
                "certificate expiry date",
                "certificate expires",
                "certificate valid until",
                "expiry",
                "expiry date",
                "expires",
                "expires on",
                "valid until",
                "valid to",
            ],
        ),
        column(
            "branch",
            &[
                "营业部",
                "所属营业部",
                "营业部代码",
                "营业部编号",
                "营业部名称",
                "分支机构",
                "branch code",
                "branch name",
            ],
        ),
    ],
    required: &[&["certificate_no", "login"]],
    ignored: SERIAL_NUMBER,
};

/// Contacts at outlets: by outlet, name and role.
pub const CONTACTS: Columns = Columns {
    columns: &[
        OUTLET_CODE,
        OUTLET,
        column("name", &["姓名", "联系人", "联系人姓名", "名字", "contact", "contact name", "full name"]),
        column("role", &["职务", "角色", "岗位", "职位", "职务角色", "title", "position", "job title"]),
        column("influence", &["影响力", "决策影响", "影响", "作用"]),
        column("introduced_by", &["介绍人", "引荐人", "引见人", "introducer", "introduced by"]),
        column("birthday", &["生日", "出生日期", "出生年月日", "birth date", "birthdate", "date of birth"]),
        column(
            "phone",
            &[
                "电话",
                "手机",
                "手机号",
                "手机号码",
                "联系电话",
                "联系方式",
                "mobile",
                "phone number",
                "tel",
                "telephone",
            ],
        ),
        EMAIL,
        column("is_client", &["是否客户", "是否我司客户", "是否为客户", "我司客户", "客户", "client", "our client"]),
        NOTE,
    ],
    required: &[&["outlet_code", "outlet"], &["name"]],
    ignored: SERIAL_NUMBER,
};

/// Prospects: by mobile, else name, time met and broker.
pub const PROSPECTS: Columns = Columns {
    columns: &[
        column(
            "name",
            &[
                "姓名",
                "客户姓名",
                "准客户",
                "准客户姓名",
                "客户",
                "客户名称",
                "prospect",
                "prospect name",
                "full name",
                "client name",
            ],
        ),
        MOBILE,
        column(
            "met_at",
            &[
                "见面时间",
                "初次见面",
                "初次见面时间",
                "首次见面时间",
                "首次见面",
                "见面日期",
                "初次见面日期",
                "首次见面日期",
                "相识时间",
                "认识时间",
                "认识日期",
                "结识时间",
                "met",
                "met on",
                "date met",
                "first met",
            ],
        ),
        column("source", &["来源", "客户来源", "获客来源", "来源渠道"]),
        column(
            "preferred_channel",
            &[
                "偏好联系方式",
                "联系方式偏好",
                "首选联系方式",
                "联系偏好",
                "偏好渠道",
                "联系方式",
                "preferred contact",
                "contact preference",
                "channel",
            ],
        ),
        OUTLET_CODE,
        OUTLET,
        column(
            "broker",
            &[
                "经纪人",
                "经纪人登录名",
                "经纪人工号",
                "经纪人姓名",
                "客户经理",
                "负责人",
                "所属经纪人",
                "broker login",
                "broker name",
                "owner",
            ],
        ),
        column(
            "consent_given_at",
            &[
                "同意时间",
                "授权时间",
                "同意日期",
                "授权日期",
                "个人信息同意时间",
                "consent",
                "consent given",
                "consent at",
                "consent date",
                "given_at",
            ],
        ),
        column("consent_purpose", &["同意用途", "授权用途", "同意目的", "使用目的", "用途", "purpose"]),
        column("referrer", &["介绍人", "转介绍人", "推荐人", "引荐人", "referred by", "introduced by"]),
        column("experience", &["经验", "投资经验", "炒股经验", "股民类型", "investment experience"]),
        NOTE,
    ],
    required: &[&["name", "mobile"]],
    ignored: SERIAL_NUMBER,
};
