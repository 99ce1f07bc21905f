error-one-of-two = Give the mobile number or the record, not both
error-same-broker = Choose another broker
error-has-left = This broker cannot sign in any more: choose another
error-same-prospect = Choose another record
problem-merge-lost = The record to stay is lost and the other is not: keep the other one.
error-must-be-sure = Tick this: what is erased does not come back
handover-title = Hand over prospects
handover-about = The open follow-ups go with them. Due dates stay, and so does who met the person.
handover-from = Who hands over
handover-other = choose another
handover-has = { $n ->
    [one] 1 prospect
   *[other] { $n } prospects
  }
handover-nobody = Nobody has prospects yet
handover-nobody-words = Once brokers have met people, a leaver's can be handed over here.
handover-to = Who takes over
handover-choose = Choose a broker
handover-which = Which prospects
handover-all = All { $n }
handover-some = Only those ticked
handover-prospects = Prospects
handover-more = The first { $n } are shown. All includes the rest.
handover-reason = Reason
handover-do = Hand over
handover-done = { $n } prospects handed over with { $m } open follow-ups
handover-none-ticked = Tick at least one prospect, or hand over all
merge-title = Possible duplicates
merge-about = Choose the record that stays. Contacts and consents of both come together in it; the other one ends.
merge-none = Nobody is there twice
merge-none-words = Records with the same number or name show up here.
merge-same-number = Same number
merge-same-name = Same name
merge-keep = Keep this one
merge-ask = Make these two one?
merge-stays = Stays
merge-ends = Ends
merge-number = Mobile
merge-broker = Broker
merge-met = First met
merge-stage = Stage
merge-effect = Contacts, consents and notes go to the record that stays; the mobile, outlet and referrer it lacks come from the other. The other's name, broker, first meeting and past stages are shown no more, and its open follow-up ends. If it had come further, the record that stays moves to that stage.
merge-no-way-back = They cannot be taken apart again.
merge-do = Merge
merge-swap = Keep the other one
merge-done = The two are one now
data-title = Requests about personal data
data-about = What is held on a person, shown or erased on request. Every request stays in the register.
data-kind = What is asked for
data-kind-hint = An export shows all records of the person, in every branch.
data-kind-export = Export
data-kind-reveal = Show the number
data-kind-erasure = Erase
data-mobile = Mobile number
data-prospect = Number of the record
data-one-of-two = one of the two
data-reason = Reason
data-sure = To erase: I am sure, it cannot be taken back
data-do = Carry it out
data-revealed = The mobile number is
data-no-number = No number is known.
data-found = What is held
data-erased = { $n ->
    [0] Nothing was held on this person
    [one] 1 record erased
   *[other] { $n } records erased
  }
data-register = Register
data-at = When
data-what = What
data-by = By whom
data-records = Records
data-none = No requests yet
data-none-words = When somebody asks what is held on them, begin here.
import-unknown-broker = No such broker in this branch; give the login, the name or the certificate number
import-consent-required = A mobile number needs the time and the purpose of the consent
import-not-a-mobile = Not a mobile number
import-letters = A mobile number has no letters
import-too-short = Too few digits
import-in-the-future = The time has not come yet
import-erased-person = This person asked to be erased: the row was left out
import-also-with-another = Another broker of this branch has this number too
import-also-elsewhere = Another branch has this number too
import-several-records = Several records have this number: give the broker
import-consent-withdrawn = This consent was withdrawn: the number was left out
place-data-requests = Personal data
held-json = Download as JSON
held-none = Nothing is held on this person
held-none-words = The request is in the register. Check the number once more.
held-about = { $n ->
    [one] One record
   *[other] { $n } records
}, put together { $at }. The same is in the file, to hand over.
held-record = Record at { $branch }
held-branch = Branch
held-met-by = Met by
held-channel = By which way
held-state = State of the record
held-state-active = in use
held-state-merged = merged into another
held-created = Written down
held-updated = Last changed
held-at = When
held-by = By whom
held-what = What
held-consents = Consents
held-given = Given
held-purpose = What for
held-text = Text shown
held-way = How
held-way-spoken = by word of mouth
held-withdrawn = Withdrawn
held-touches = Contacts
held-outcome = Outcome
held-touch-changes = Contacts as they were before a change
held-changed-at = Changed
held-stages = Stages
held-follow-ups = Follow-ups
held-begun = Begun
held-due = Due
held-kept = Kept
held-waived = Waived
held-changes = Changes
held-old = Before
held-new = After
held-audit = Who looked at it or changed it
held-mails = { $n ->
    [one] One reminder that names the person has
   *[other] { $n } reminders that name the person have
} not left yet.
