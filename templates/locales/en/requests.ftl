problem-on-leave = The broker is on approved leave that day.
problem-not-welcome = The outlet does not want this broker: choose somebody else or another outlet.
problem-has-correction = Somebody asked for a correction of this shift's attendance, so it stays.
rota-mail-subject = Your rota: { $n ->
    [one] one day changed
   *[other] { $n } days changed
  }
rota-mail-lead = Your rota has changed.
rota-mail-lead-by = { $name } changed the rota. This is what it means for you.
rota-mail-new = New shifts ({ $n })
rota-mail-otherwise = Changed ({ $n })
rota-mail-off = Off ({ $n })
rota-mail-stand = { $place } { $hours }
rota-mail-before = Before: { $stand }
rota-mail-reason = Reason: { $reason }
rota-mail-see = Open my rota
rota-mail-foot = Bankside sends this mail when your rota changes. Please do not answer it.
mail-kind-rota = Rota
