//! The pages Today, Now and Shifts.
