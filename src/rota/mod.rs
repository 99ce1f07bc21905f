//! The rota kept: who stands where on which day, by which rules, and who is told when it changes.

pub mod changes;
pub mod letters;
pub mod rules;
pub mod shift_pages;
pub mod shifts;
pub mod tell;
pub mod warnings;
