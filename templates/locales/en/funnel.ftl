funnel-title = Funnel
funnel-about = Of those first met in a period: how many came how far, as it is known now.
funnel-from = First met from
funnel-to = until
funnel-group-by = By
funnel-show = Show
funnel-widen = Show everything
funnel-by-outlet = Outlet
funnel-by-broker = Broker
funnel-by-source = Source
funnel-by-month = Month
funnel-by-bank = Bank
funnel-by-event = Event
funnel-title-by-outlet = By outlet
funnel-title-by-broker = By who met them
funnel-title-by-source = By source
funnel-title-by-month = By month of the first meeting
funnel-title-by-bank = By bank
funnel-title-by-event = By event
funnel-none = None given
funnel-empty = Nobody was met in this period
funnel-empty-words = Choose another period, or come back when the first prospects are in.
funnel-steps = Steps
funnel-before = The thin bar: the period before, { $from } to { $to }
funnel-lost = { $n ->
    [0] Nobody of them is lost
    [one] One of them is lost
   *[other] { $n } of them are lost
 }
funnel-conversion = { $share }% of the step before
funnel-points = { $points } points
funnel-changed = { $share } ({ $change })
funnel-median = half within { $days } days
funnel-p90 = nine in ten within { $days }
funnel-was = { $n } before
funnel-hidden = { $n ->
    [one] One smaller group is not shown
   *[other] { $n } smaller groups are not shown
 }
funnel-people-title = People behind a number
funnel-people-about = First met { $from } to { $to }; who ever came to this step or further, also if they went back or were lost later.
funnel-people-count = { $n ->
    [one] person
   *[other] people
 }
funnel-erased = { $n ->
    [one] One of them was erased and is only counted
   *[other] { $n } of them were erased and are only counted
 }
