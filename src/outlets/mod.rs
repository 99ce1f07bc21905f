//! Banks and their outlets: where they are, when they are open, who sits there, how far the co-operation has come.

pub mod banks;
pub mod naming;
pub mod record;
