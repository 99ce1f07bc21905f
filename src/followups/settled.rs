//! What `due::state` says of touches and waivers, in the words of a query: once, for every list and count.

/// Neither kept nor waived: open or, later, missed.
macro_rules! unsettled {
    () => {
        $crate::db::schema::follow_ups::kept_at.is_null().and($crate::db::schema::follow_ups::waived_at.is_null())
    };
}

/// Kept, and no waiver came before.
macro_rules! kept {
    () => {{
        use $crate::db::schema::follow_ups::{kept_at, waived_at};
        kept_at.is_not_null().and(waived_at.is_null().or(waived_at.gt(kept_at)))
    }};
}

/// Waived, and nobody had kept it before.
macro_rules! waived {
    () => {{
        use $crate::db::schema::follow_ups::{kept_at, waived_at};
        waived_at.is_not_null().and(kept_at.is_null().or(waived_at.le(kept_at)))
    }};
}

pub(crate) use {kept, unsettled, waived};
