//! Long lists by cursor: `?limit=` (default 50, at most 500) and `&cursor=`; the answer is `{items, next_cursor}`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, FieldError, Result};

/// The most items of one answer.
pub const MOST: i64 = 500;
const USUAL: i64 = 50;

/// A piece of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Give it as `cursor` to go on; null at the end.
    pub next_cursor: Option<String>,
}

/// What part of a list is asked for. `K`: the last item's place in the order, e.g. `(At, Id)`.
#[derive(Debug, Clone)]
pub struct Part<K> {
    /// How many items, 1 to 500.
    pub limit: i64,
    /// After which place.
    pub after: Option<K>,
}

impl<K: Serialize + DeserializeOwned> Part<K> {
    /// Reads the two parameters.
    ///
    /// # Errors
    /// 422 naming `limit` or `cursor`.
    pub fn parse(limit: Option<i64>, cursor: Option<&str>) -> Result<Part<K>> {
        let limit = FieldError::within("limit", limit.unwrap_or(USUAL), 1..=MOST)?;
        let after = cursor.map(decode).transpose()?;
        Ok(Part { limit, after })
    }

    /// The first part, of the usual length; for pages.
    pub fn first() -> Part<K> {
        Part { limit: USUAL, after: None }
    }

    /// The `next_cursor` that goes on after a place.
    ///
    /// # Errors
    /// Only when it cannot be written.
    pub fn cursor(place: &K) -> Result<String> {
        encode(place)
    }

    /// Makes the answer of `limit + 1` rows asked for: the one too many only tells that there is more.
    ///
    /// # Errors
    /// Only when a place cannot be written.
    pub fn list<R, T>(&self, mut rows: Vec<R>, place: impl Fn(&R) -> K, item: impl FnMut(R) -> T) -> Result<List<T>> {
        let more = rows.len() as i64 > self.limit;
        rows.truncate(self.limit as usize);
        let next_cursor = if more { rows.last().map(|r| encode(&place(r))).transpose()? } else { None };
        Ok(List { items: rows.into_iter().map(item).collect(), next_cursor })
    }
}

fn encode<K: Serialize>(place: &K) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).map_err(Error::internal)?))
}

fn decode<K: DeserializeOwned>(cursor: &str) -> Result<K> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::field("cursor", "not_a_cursor"))?;
    serde_json::from_slice(&bytes).map_err(|_| Error::field("cursor", "not_a_cursor"))
}
