//! Planning from the database: what a branch, its outlets and its people make of an instance for the planner, the runs of the planner, and what comes of
//! them: a draft with what it costs and why.
//!
//! `weights`, `level`, `instance` and `outcome` are pure; `conditions`, `facts` and `runs` ask the database; `runner` holds the threads; `repair` fills what
//! fell open with as few changes as it can.

pub mod api;
pub mod broker_pages;
pub mod condition_pages;
pub mod conditions;
pub mod explained;
pub mod facts;
pub mod homes;
pub mod instance;
pub mod level;
pub mod outcome;
pub mod pages;
pub mod repair;
pub mod repair_pages;
pub mod reported;
pub mod run;
pub mod runner;
pub mod runs;
pub mod situation;
pub mod weights;
pub mod worded;
