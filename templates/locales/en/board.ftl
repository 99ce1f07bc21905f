problem-draft-overlaps = There is a draft for some of these days already. Change that one, or discard it first.
problem-draft-closed = This draft was published or discarded and can no longer be changed.
problem-draft-changed = The draft was changed after you opened it. Look at the latest comparison before you publish.
problem-cell-changed = Somebody changed this day after you opened it. Look at the latest rota first.
problem-nothing-to-undo = There is nothing of yours to undo or redo.
error-outside-draft = Outside the days of this draft
error-doubled = The same day of the same person twice
error-weeks-apart = The two weeks must be 7 to 92 days apart
error-not-an-id = Not a valid id
board-title = Rota
board-draft = Draft
board-draft-hint = Brokers see and hear of these changes only once they are published.
board-draft-waits = There is a draft for { $from } – { $to }: { $n ->
    [one] { $n } change
   *[other] { $n } changes
} not yet published.
board-draft-open = Open the draft
board-draft-leave = See what is published
board-draft-begin = Draw up a rota
board-draft-start = Begin the draft
board-draft-why = A draft begins with what stands. Change it, compare it, publish it at once; each person gets one mail with only what changed for them.
board-draft-begun = The draft is ready to be changed.
board-from = From
board-to = To
board-undo = Undo
board-redo = Redo
board-compare = Compare and publish
board-undo-why = The last change was taken back
board-by-hours = Use the outlet’s hours
board-undone = { $n ->
    [one] { $n } change undone
   *[other] { $n } changes undone
}
board-redone = { $n ->
    [one] { $n } change redone
   *[other] { $n } changes redone
}
board-sum-gaps = Brokers missing
board-sum-conflicts = Conflicts
board-sum-changes = Not yet published
board-sum-warnings = To think about
board-only-these = Only rows with gaps or conflicts
board-missing = { $n } missing
board-gap = gap
board-away = leave
board-new-face = new face
board-overstay = rotate
board-over = too many
board-clash-on-leave = on leave
board-clash-no-certificate = certificate expired
board-clash-not-welcome = not welcome
board-clash-outlet-closed = closed
board-clash-has-checkins = checked in
board-clash-not-found = suspended
board-clash-broker-busy = has a shift
board-clash-hours-changed = hours changed
board-clash-outlet-ended = outlet ended
board-warning-new-face = A new face at an outlet in its launch months
board-warning-overstay = Long at this outlet: time to rotate
board-warning-over-wanted = More than the outlet wants
board-warning-certificate-soon = The practice certificate is about to expire
board-views = Arrangement
board-by-outlet = By outlet
board-by-person = By person
board-outlet = Outlet
board-person = Person
board-certificate = certificate ends
board-days = Choose a day
board-before-month = The month before
board-after-month = The month after
board-this-month = This month
board-before-day = The day before
board-after-day = The day after
board-this-day = Today
board-filter = Filter
board-filter-branch = Branch
board-filter-bank = Bank
board-filter-phase = Phase
board-filter-grade = Grade
board-filter-q = Outlet or person
board-filter-gaps = Only gaps and conflicts
board-filter-do = Filter
board-filter-none = Show all
board-any = All
board-reason = Reason for the change
board-reason-hint = A change of published days wants a reason; it stands in the mail to whom it concerns.
board-reason-first = Give the reason first.
board-failed = Not saved. Check the network, reload and try again.
board-caption = The rota: a row an outlet or a person, a column a day
board-empty = No row fits
board-empty-hint = Filter less; where there are no outlets yet, add or import them first.
board-arrange = Arrange
board-arrange-for = Arrange { $who }
board-palette-people = People (drag into a cell)
board-palette-outlets = Outlets (drag into a cell)
board-copy = Copy a week
board-copy-from = The 7 days from
board-copy-to = To the 7 days from
board-copy-do = Copy
board-copy-hint = Fills only days on which a person has nothing yet; leave, closures and the like are passed over.
board-copied = { $n ->
    [one] { $n } shift copied
   *[other] { $n } shifts copied
}; left as they are: { $busy } with something that day, { $refused } that cannot be.
board-legend-gap = dashed: a broker missing
board-legend-conflict = triangle: a conflict, such as “{ $example }”
board-legend-changed = corner: changed in the draft
board-legend-unpublished = dotted: not published
board-legend-rest = grey: day off
board-legend-keys = Click a cell or press Enter to choose, arrows to move, Delete to clear; drag to move, with Ctrl to copy.
board-choose = Arrange this day
board-back = Back to the rota
board-closed = Closed that day
board-sits = There that day
board-sits-at = That day at
board-clear = Take off
board-checked-in = Checked in, or a correction was asked for: it stays
board-find = Find by name
board-nobody = There is nobody to choose.
board-other-times = Other times
board-cannot = { $n } cannot be
board-group-known = There lately
board-group-free = Free that day
board-group-busy = Elsewhere that day: choosing moves them
board-group-missing = Outlets with a gap
board-group-knows = Where they were lately
board-group-other = Other outlets
board-done = Saved
board-refused = { $who }, { $day }: { $why }
board-nowhere = nowhere
board-changed = { $who }, { $day } is now: { $place }. Your change was not saved.
board-changed-by = { $by } changed { $who }, { $day } to: { $place } (at { $at }). Your change was not saved.
board-changes-title = The draft beside what stands
board-n-added = New
board-n-moved = Otherwise
board-n-removed = Off
board-n-people = People
board-n-blocking = Conflicts
board-blocked = { $n ->
    [one] { $n } conflict is in the way
   *[other] { $n } conflicts are in the way
}: nothing is published before they are solved.
board-left-alone = { $n ->
    [one] { $n } day is left as it stands
   *[other] { $n } days are left as they stand
}: somebody checked in, or asked for a correction.
board-publish = Publish the rota
board-publish-hint = { $n ->
    [one] { $n } person gets a mail
   *[other] { $n } people get a mail each
} with only what changed for them.
board-published = Published: { $added } new, { $moved } otherwise, { $removed } off; { $told } told.
board-discard = Discard the draft
board-discarded = The draft is discarded; what stands has not changed.
board-no-changes = No difference from what stands
board-no-changes-hint = The draft changes nothing yet. Published, its days count as published all the same.
board-days-changed = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
place-rota = Rota
board-due = { $n ->
    [one] One follow-up falls due that day and stays with them.
   *[other] { $n } follow-ups fall due that day and stay with them.
}
board-due-short = { $n ->
    [one] 1 follow-up due
   *[other] { $n } follow-ups due
}
board-due-hand-over = Hand over
