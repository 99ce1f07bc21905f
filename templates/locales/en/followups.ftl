follow-ups-title = Follow-ups
follow-ups-about = Whoever was met is contacted within three days, an SMS first.
follow-ups-overdue-count = { $n ->
    [one] overdue
   *[other] overdue
  }
follow-ups-coming-count = { $n } more are open
follow-ups-only = Only what { $name } has to follow up.
follow-ups-everybody = Show all
follow-ups-overdue = Overdue
follow-ups-coming = Still in time
follow-ups-share = Kept within three days, last 30 days
follow-ups-which = Which follow-ups
follow-up-open = Open
follow-up-kept = Kept
follow-up-kept-late = Kept late
follow-up-missed = Missed
follow-up-waived = Waived
follow-ups-none-open = Nobody waits for a call
follow-ups-none-open-words = When somebody new is met, they show up here with the days that are left.
follow-ups-none = None
follow-ups-none-words = There are no follow-ups in this state.
follow-ups-group-overdue = Overdue
follow-ups-group-today = Due today
follow-ups-group-coming = Coming
follow-ups-group-all = By due date
follow-ups-days-late = { $n ->
    [one] day late
   *[other] days late
 }
follow-ups-due-today = due today
follow-ups-days-left = { $n ->
    [one] day left
   *[other] days left
  }
follow-ups-sms = SMS
follow-ups-call = Call
follow-ups-next-sms = SMS not sent yet
follow-ups-next-number = no mobile number yet
follow-ups-next-call = SMS sent, now call
follow-ups-next-wechat = write on WeChat
follow-ups-met = Met { $day }
follow-ups-met-at = Met { $day } at { $place }
follow-ups-tick = Waive
follow-ups-tick-name = Waive the follow-up of { $name }
follow-ups-waive-title = Waive what is ticked
follow-ups-waive-words = A waived follow-up is asked for no more. The reason stays on record.
follow-ups-reason = Reason
follow-ups-waive = Waive
follow-ups-waived = { $n ->
    [one] 1 follow-up waived
   *[other] { $n } follow-ups waived
  }
follow-ups-waived-left = { $n } waived; { $left } were no longer open and stay as they are
follow-ups-none-ticked = Tick at least one follow-up
follow-ups-pages = Pages
follow-ups-next = Next
follow-ups-branch = Branch
follow-ups-broker = Broker
follow-ups-table = Overdue now, and the share kept within three days of the last 30 days
