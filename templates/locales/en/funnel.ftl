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
funnel-before = The thin bar: the other period, { $from } to { $to }
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
funnel-before-empty = Nobody was met in the other period, { $from } to { $to }, so there is nothing to compare.
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
funnel-compare = Beside
funnel-compare-before = The period before
funnel-compare-year = A year earlier
funnel-compare-none = Nothing
funnel-narrowed = Only: { $to }
funnel-weakest = take the weakest step: { $from } → { $to }
funnel-weakest-before = it was { $than }% in the other period; { $n ->
    [one] one more would have gone on
   *[other] { $n } more would have gone on
 }
funnel-weakest-whole = it is { $than }% in the whole branch; { $n ->
    [one] one more would have gone on
   *[other] { $n } more would have gone on
 }
funnel-steepest = take the step before which most stop: { $from } → { $to }
funnel-weakest-alone = { $n ->
    [one] one person went
   *[other] { $n } people went
 } no further; no step is clearly weaker than beside it
funnel-weakest-only = { $n ->
    [one] one person went
   *[other] { $n } people went
 } no further
funnel-weak = weakest
funnel-whole = whole branch { $share }%
funnel-stands = Where they are now
funnel-stands-words = Of those met in this period and not lost: at which stage, and for how long.
funnel-stands-days = Stage
funnel-stands-all = All
funnel-age-0-7 = up to 7 days
funnel-age-8-30 = 8–30 days
funnel-age-31-90 = 31–90 days
funnel-age-91 = over 90 days
funnel-now-at = Now at “{ $stage }”
funnel-reasons = Why some were lost
funnel-groups-words = Small: the share of the step before. ▾ is clearly below the middle of the groups.
funnel-met-before = Other period
funnel-middle = Middle of the groups
funnel-below = below the middle:
funnel-by-community = Community
funnel-title-by-community = By community
funnel-people-now = First met { $from } to { $to }, as it is known now.
lost-no-interest = Does not want to invest
lost-has-account = Has an account elsewhere
lost-unreachable = Could not be reached
lost-no-money = The money is meant for something else
lost-afraid-of-risk = Afraid of losing money
lost-fees = Finds it too dear
lost-refused = Does not want to be contacted
lost-not-eligible = May not open an account
lost-moved = Has moved away
lost-own-words = In words of their own
