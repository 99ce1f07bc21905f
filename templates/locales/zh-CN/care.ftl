error-one-of-two = 手机号和记录编号请只给一个
error-same-broker = 请选择另一位经纪人
error-has-left = 这位经纪人已停用,请选择另一位
error-same-prospect = 请选择另一条记录
problem-merge-lost = 要保留的这条已流失,另一条没有:请保留另一条。
