mail-subject-due = { $n } to follow up today
mail-subject-coming = { $n } to follow up soon
mail-subject-shift = Your shift today
mail-subject-nudge = Still { $n } to reach before the next workday
mail-subject-overdue = { $n } overdue follow-ups in your branch
mail-subject-escalated = { $n } follow-ups overdue for two workdays or more
mail-morning = Good morning. Reach people within three days of meeting them: an SMS first, then the call.
mail-afternoon = These have not been reached yet and fall due before the next workday.
mail-desk-lead = Overdue and not reached yet, by broker.
mail-escalated-lead = Overdue for two workdays or more and not reached yet, by broker.
mail-heading-overdue = Overdue ({ $n })
mail-heading-due-now = Due now ({ $n })
mail-heading-coming = Coming ({ $n })
mail-heading-shift = Your shift today
mail-shift-hours = { $from } to { $to }
mail-of-broker = { $name } ({ $n })
mail-due-overdue = { $n ->
    [one] 1 day overdue
   *[other] { $n } days overdue
} (due { $day })
mail-due-today = due today
mail-due-later = { $n ->
    [one] 1 day left
   *[other] { $n } days left
} (due { $day })
mail-met = Met { $day }: { $place }
mail-at-on-site = at the outlet
mail-at-event = at an event
mail-at-referral = by a referral
mail-at-community = in a community
mail-at-other = elsewhere
mail-next-sms = Next, an SMS: { $text }
mail-next-call = Next: call (the SMS was sent)
mail-next-wechat = Next: write on WeChat (the SMS was sent)
mail-foot-digest = Sent by Bankside on workday mornings. Please do not reply.
mail-foot-nudge = Sent by Bankside on workday afternoons. Please do not reply.
mail-test-subject = Bankside test mail
mail-test-lead = If you read this, mail goes out as it should.
mail-test-foot = Sent by the administrator from the mail page.
mail-title = Mail
mail-way-files = No SMTP is set: each mail is written to the folder { $folder }
mail-way-smtp = Sent by SMTP
mail-suspended = This is a restored copy and sends no mail. When you are sure, run bankside mail resume.
mail-figure-waiting = Waiting
mail-figure-sent = Sent today
mail-figure-failed = Failed
mail-failed-list = Failed, to be seen to
mail-list = Latest mails
mail-empty = No mails yet
mail-empty-about = Digests go out on workdays from 08:30, nudges from 16:00.
mail-kind-digest = Digest
mail-kind-nudge = Nudge
mail-kind-invitation = Invitation
mail-kind-reset = Password reset
mail-kind-test = Test
mail-state-waiting = Waiting
mail-state-sending = Sending
mail-state-sent = Sent
mail-state-failed = Failed
mail-state-given-up = Given up
mail-to = To
mail-day = Day
mail-queued = Queued
mail-sent-at = Sent at
mail-tries = Tries
mail-next-try = Next try
mail-last-error = What the server said
mail-subject-label = Subject
mail-message-id = Message-ID
mail-tried = try { $n }
mail-again = Try again
mail-give-up = Give up
mail-again-done = Queued again
mail-given-up-done = This mail was given up
mail-back = All mails
mail-text = Text
mail-test = Send a test mail
mail-test-to = To
mail-test-do = Send test mail
mail-test-done = The test mail is queued and leaves within seconds
mail-without = People without an e-mail address
mail-without-about = { $n ->
    [one] One person has no e-mail address and gets
   *[other] { $n } people have no e-mail address and get
} no digests or nudges. Add it under People.
mail-without-more = and { $n } more
problem-not-waiting = This mail was sent or given up already.
