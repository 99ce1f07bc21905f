//! What mails that have not left yet say of a person, taken out of them. A sent mail keeps no content, so nothing is to be done there.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::schema::mails;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::keys::Keys;

/// A mail's content as the outbox seals it.
#[derive(Serialize, Deserialize)]
struct Body {
    text: String,
    html: String,
}

/// The reminders that have not left and speak of one of these prospects: each item carries its link.
///
/// # Errors
/// What the database says; when a mail was sealed with another key.
pub fn naming(conn: &mut Conn, keys: &Keys, prospects: &[Id]) -> Result<Vec<Id>> {
    let all = unsent(conn, keys)?;
    Ok(all.into_iter().filter(|(_, body)| prospects.iter().any(|id| body.names(*id))).map(|(id, _)| id).collect())
}

/// Takes the items about these prospects out of what has not left. The rest of each mail goes as it is.
///
/// # Errors
/// As `naming`.
pub fn forget(conn: &mut Conn, keys: &Keys, prospects: &[Id]) -> Result<usize> {
    let mut changed = 0;
    for (id, body) in unsent(conn, keys)? {
        if !prospects.iter().any(|prospect| body.names(*prospect)) {
            continue;
        }
        let body = prospects.iter().fold(body, |body, prospect| body.without(*prospect));
        let sealed = keys.seal("mail", &serde_json::to_vec(&body).map_err(Error::internal)?)?;
        diesel::update(mails::table.find(id)).set(mails::body.eq(sealed)).execute(conn)?;
        changed += 1;
    }
    Ok(changed)
}

fn unsent(conn: &mut Conn, keys: &Keys) -> Result<Vec<(Id, Body)>> {
    let rows: Vec<(Id, Vec<u8>)> = mails::table
        .filter(mails::state.eq_any(["waiting", "sending", "failed"]).and(mails::kind.eq_any(["digest", "nudge"])))
        .select((mails::id, mails::body))
        .load(conn)?;
    rows.into_iter()
        .filter(|(_, sealed)| !sealed.is_empty())
        .map(|(id, sealed)| Ok((id, serde_json::from_slice(&keys.open("mail", &sealed)?).map_err(Error::internal)?)))
        .collect()
}

impl Body {
    fn names(&self, prospect: Id) -> bool {
        let link = link(prospect);
        self.text.contains(&link) || self.html.contains(&link)
    }

    /// In the text an item is a block between blank lines, in the HTML a list item.
    fn without(&self, prospect: Id) -> Body {
        let link = link(prospect);
        let text = self.text.split("\n\n").filter(|block| !block.contains(&link)).collect::<Vec<_>>().join("\n\n");
        let mut html = String::with_capacity(self.html.len());
        for (n, part) in self.html.split("<li>").enumerate() {
            match part.split_once("</li>") {
                Some((item, rest)) if n > 0 && item.contains(&link) => html.push_str(rest),
                _ if n > 0 => html.extend(["<li>", part]),
                _ => html.push_str(part),
            }
        }
        Body { text, html }
    }
}

fn link(prospect: Id) -> String {
    format!("/prospects/{prospect}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_items_of_the_person_go() {
        let (one, two) = (Id::new(), Id::new());
        let body = Body {
            text: format!(
                "2 due\n\n== Today ==\n\n王小明 · today\n  met\n  http://x/prospects/{one}\n\n李四 · today\n  http://x/prospects/{two}\n\n--\nfoot\n"
            ),
            html: format!(
                "<h2>Today</h2><ul><li><a href=\"http://x/prospects/{one}\"><b>王小明</b></a><br>\nmet</li>\n\
                 <li><a href=\"http://x/prospects/{two}\"><b>李四</b></a></li>\n</ul><p>foot</p>"
            ),
        };
        assert!(body.names(one));
        let after = body.without(one);
        for part in [&after.text, &after.html] {
            assert!(!part.contains("王小明") && !part.contains(&one.to_string()), "{part}");
            assert!(part.contains("李四") && part.contains("foot") && part.contains("Today"), "{part}");
        }
        assert!(!after.names(one) && after.names(two));
    }
}
