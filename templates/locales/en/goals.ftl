place-targets = Targets
targets-title = Targets
targets-edit = Set targets
targets-settings = How progress is judged
targets-of-branch = The branch
targets-of-people = By person
targets-of-outlets = By outlet
targets-person = Broker
targets-outlet = Outlet
targets-periods = Period
targets-from = From
targets-to = To
targets-branch = Branch
targets-show = Show
targets-other-period = Another period
targets-empty = No targets for { $period } yet
targets-empty-desk = Set some, and this page shows how far they have come against the time.
targets-empty-words = Once the branch has set some, this page shows how far they have come against the time.
targets-copy = Copy the targets of { $period }
targets-copied = { $period }: { $n ->
    [one] { $n } target copied
   *[other] { $n } targets copied
 }{ $left ->
    [0] {""}
   *[other] , { $left } that stood there left alone
 }
targets-done = { $done } of { $target }
targets-share = { $done }% of { $target }%
targets-share-none = no follow-up is due yet, { $target }% wanted
targets-by-yardstick = by the yardstick of { $of }
targets-yardstick = by the yardstick of the tier
targets-grade = grade { $grade }
targets-all = { $n } more; show all
targets-how = Accounts, custody, money in and trading count on the day they came about, whenever the person was met; meetings and sources on the day of the first meeting. * has no target of its own and goes by its tier.
targets-table = Targets for { $period }
targets-table-about = Leave a cell empty for no target. A pale number is the tier's, which holds where you type nothing.
targets-table-kinds = For whom
targets-table-branch = Branch
targets-table-tier = Tiers of people
targets-table-broker = Brokers
targets-table-grade = Grades of outlets
targets-table-outlet = Outlets
targets-table-none-branch = No branch
targets-table-none-tier = No tiers
targets-table-none-broker = No brokers yet
targets-table-none-grade = No outlet has a grade yet; give them one on their pages first
targets-table-none-outlet = No outlets yet
targets-rows = More rows
targets-rows-before = Those before
targets-rows-after = Those after
targets-save = Save targets
targets-saved = { $n ->
    [0] Nothing was changed
    [one] Saved, { $n } changed
   *[other] Saved, { $n } changed
 }
targets-stale = Somebody has set it to { $now } since you opened this; check and save again
measure-prospects-met = Prospects met
measure-referrals = Referrals
measure-contacted-in-time = Contacted in three days
measure-contacted-share = Share contacted in three days
measure-accounts-opened = Accounts opened
measure-custody-signed = Custody signed
measure-funded = Funded
measure-trading = Trading
measure-shifts-attended = Shifts attended
stand-reached = reached
stand-short = not reached in time
stand-waiting = not begun
stand-level = on time
stand-ahead = { $n } points ahead
stand-behind = { $n } points behind
goals-quarter = Q{ $quarter } { $year }
goals-year = { $year }
goals-yuan = ¥{ $n }
goals-bar = { $percent }% done, { $time }% of the time gone
goals-bar-share = { $percent }%, { $target }% wanted
goals-time-over = This period is over
goals-time-ahead = Not begun yet
goals-time-workdays = { $percent }% of the time is gone: { $gone } of { $total } working days
goals-time-days = { $percent }% of the time is gone: { $gone } of { $total } days
goal-settings-title = How progress is judged
goal-settings-time = Time goes by
goal-settings-time-hint = Working days are those of the calendar, make-up days among them. Today counts as gone.
time-by-workdays = working days
time-by-calendar = all days
goal-settings-margin = Points behind that count as missed
goal-settings-margin-hint = 58% done when 66% of the time is gone is 8 points behind. Beyond this a promise to a bank asks for its explanation.
goal-settings-save = Save
goal-settings-kept = Saved
goal-tiers = Tiers of people
goal-tiers-about = A target for a tier is the yardstick of each of its members; a target of their own goes before it.
goal-tier-none = no tier
goal-tiers-save = Save tiers
goal-tiers-kept = { $n ->
    [0] Nothing was changed
    [one] Saved for { $n } person
   *[other] Saved for { $n } people
 }
tier-person-new = new
tier-person-regular = regular
tier-person-senior = senior
error-not-a-period = Write 2026-11, 2026-Q4, 2026 or 2026-10-01..2026-11-15
error-period-too-long = Two years at most
error-same-period = Must be another period
error-not-here = Cannot be given here
error-nothing-promised = Promise at least one thing, here or in any other field
problem-target-exists = There is such a target already; change that one
