//! Pages of the rota.

pub mod feeds;
