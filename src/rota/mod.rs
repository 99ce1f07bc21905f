//! The kept rota: how it leaves the house as calendars.

pub mod feed_pages;
pub mod feeds;
pub mod ics;
