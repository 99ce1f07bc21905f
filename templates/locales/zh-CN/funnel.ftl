funnel-title = 漏斗
funnel-about = 按首次见面日期统计:这段时间认识的人,走到了哪一步。以现在所知为准。
funnel-from = 见面日期从
funnel-to = 到
funnel-group-by = 分组
funnel-show = 查看
funnel-widen = 看全部
funnel-by-outlet = 网点
funnel-by-broker = 经纪人
funnel-by-source = 来源
funnel-by-month = 月份
funnel-by-bank = 银行
funnel-by-event = 活动
funnel-title-by-outlet = 按网点
funnel-title-by-broker = 按见面的经纪人
funnel-title-by-source = 按来源
funnel-title-by-month = 按见面月份
funnel-title-by-bank = 按银行
funnel-title-by-event = 按活动
funnel-none = 未填
funnel-empty = 这段时间没有新认识的人
funnel-empty-words = 换一段时间看看,或等录入第一批准客户后再来。
funnel-steps = 各阶段
funnel-before = 细条:上一期,{ $from } 至 { $to }
funnel-lost = { $n ->
    [0] 没有人流失
   *[other] 其中 { $n } 人已流失
 }
funnel-conversion = 上一步的 { $share }%
funnel-points = { $points } 个百分点
funnel-median = 一半在 { $days } 天内
funnel-p90 = 九成在 { $days } 天内
funnel-was = 上期 { $n }
funnel-hidden = 另有 { $n } 个较小的组未列出
funnel-people-title = 数字背后的人
funnel-people-about = { $from } 至 { $to } 首次见面;曾走到这一步或更远的人,后来退回或流失的也算。
funnel-people-count = 人
funnel-erased = 其中 { $n } 人已删除,只计数
