//! Bankside: the server with which a securities brokerage runs its bank channel.
//!
//! One line a room; `ARCHITECTURE.md` tells how they stand to each other.

pub mod app; // what every handler, job and command works with
pub mod attendance; // shifts, check-ins and their verdicts
pub mod audit; // the append-only trail and its chain
pub mod calendar; // time zones and workdays
pub mod cli; // one file a command
pub mod clock; // the time, passed in
pub mod db; // the connection over both databases
pub mod error; // one error for every room
pub mod followups; // the three-day rule
pub mod funnel; // how far those met came, and how fast
pub mod generate; // made-up people and history at a country's size
pub mod goals; // targets, and what a branch and a bank promised each other
pub mod imports; // files that people have, read into records
pub mod jobs; // what runs in the background
pub mod keys; // what seals, finds and signs
pub mod language; // the two languages
pub mod mail; // outbox and transports
pub mod openapi; // the document of the API
pub mod outlets; // banks and their outlets
pub mod people; // branches, users, sign-in
pub mod phone; // without a network: a page, a worker, and what was kept meanwhile
pub mod place; // coordinate systems, fences, distances
pub mod planner; // an instance of the rota model in, a legal plan out
pub mod prospects; // the people met
pub mod reports; // what came of a day, a week … a year, on a page, in files, by mail
pub mod requests; // keyed requests answered once
pub mod results; // what came of it: follow-up quality, own results, the scorecard
pub mod rota; // the rota kept: shifts, leave, swaps, calendars
pub mod routes; // every URL
pub mod server; // serving and stopping
pub mod settings; // every setting
pub mod text; // text as people type it
pub mod web; // the way of a request

pub use db::{At, Id};

#[path = "../templates/mod.rs"]
pub mod templates; // what people see
