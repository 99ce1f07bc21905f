error-from-after-to = 不能早于起始日期
error-other-date = 必须在班次当天
error-ends-before-start = 必须晚于开始时间
problem-broker-busy = 该经纪人当天已有班次。
problem-no-certificate = 该经纪人的执业证书到那天已过期。
problem-outlet-closed = 网点当天不营业。如仍要排班,请写明开始和结束时间。
problem-has-checkins = 已有人为这个班次签到,不能删除。
