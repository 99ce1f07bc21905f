//! The rota kept: who stands where on which day, by which rules, and who is told when it changes.

pub mod board;
pub mod board_pages;
pub mod changes;
pub mod chooser;
pub mod compared;
pub mod draft_api;
pub mod drafts;
pub mod draw;
pub mod edits;
pub mod fragments;
pub mod frame;
pub mod labels;
pub mod letters;
pub mod live;
pub mod posts;
pub mod publish;
pub mod rules;
pub mod shift_pages;
pub mod shifts;
pub mod tell;
pub mod warnings;
