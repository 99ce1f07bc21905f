error-one-of-two = Give the mobile number or the record, not both
error-same-broker = Choose another broker
error-has-left = This broker cannot sign in any more: choose another
error-same-prospect = Choose another record
problem-merge-lost = The record to stay is lost and the other is not: keep the other one.
