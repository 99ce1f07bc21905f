error-from-after-to = Must not be before the first date
error-other-date = Must be on the date of the shift
error-ends-before-start = Must be after the start
problem-broker-busy = The broker already has a shift on that date.
problem-no-certificate = The broker's practice certificate has expired by that date.
problem-outlet-closed = The outlet is closed on that date. Give both times to plan a shift all the same.
problem-has-checkins = Somebody has checked in for this shift, so it stays.
