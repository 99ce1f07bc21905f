//! Two records of one person become one.

use bankside::db::Id;
use bankside::db::schema::{consents, prospects, stage_changes};
use diesel::prelude::*;
use serde_json::json;

use super::{audited, names, prospect, touch, world};

#[actix_web::test]
async fn two_that_are_one_are_merged_with_all_touches_and_the_further_stage() {
    let w = world();
    let stays = prospect(&w.app, &w.li, "Zhao", None, "2026-11-20T10:00:00+08:00");
    let goes = prospect(&w.app, &w.wang, "Zhao", Some("13800000001"), "2026-11-18T10:00:00+08:00");
    touch(&w.app, goes, &w.wang, "call", "reached", "2026-11-21T10:00:00+08:00");
    let path = format!("/prospects/{stays}/merges");
    let merge = |who| w.app.post(&path, who, json!({"other_id": goes}));
    merge(&w.li).await.expect(404); // the other one is Wang's
    merge(&w.other_desk).await.expect(404);
    merge(&w.admin).await.expect(403);
    merge(&w.head).await.expect(403);
    let made = merge(&w.desk).await.expect(200).json();
    assert_eq!(made, json!({"id": stays, "merged_id": goes, "stage": "contacted"}));
    assert_eq!(merge(&w.desk).await.expect(200).json(), made, "again: nothing more");
    let listed = w.app.get("/follow-ups", &w.desk).await.expect(200);
    assert_eq!(names(&listed), ["Zhao kept"], "the person once, kept by the other's call");
    w.app.arrange(move |conn| {
        let (state, into): (String, Option<Id>) =
            prospects::table.find(goes).select((prospects::state, prospects::merged_into)).first(conn)?;
        assert_eq!((state.as_str(), into), ("merged", Some(stays)));
        let hash: Option<Vec<u8>> = prospects::table.find(stays).select(prospects::mobile_hash).first(conn)?;
        assert!(hash.is_some(), "the number comes along");
        let consents: i64 = consents::table.filter(consents::prospect_id.eq(stays)).count().get_result(conn)?;
        assert_eq!(consents, 2);
        let stages: Vec<String> = stage_changes::table
            .filter(stage_changes::prospect_id.eq(stays))
            .order(stage_changes::number)
            .select(stage_changes::to_stage)
            .load(conn)?;
        assert_eq!(stages, ["contacted"]);
        Ok(())
    });
    assert_eq!(audited(&w.app, "prospect.merge"), 1);
    let own = prospect(&w.app, &w.li, "Zhao 2", None, "2026-11-20T10:00:00+08:00");
    w.app.post(&path, &w.li, json!({"other_id": own})).await.expect(200);
    assert_eq!(
        w.app.post(&path, &w.li, json!({"other_id": stays})).await.expect(422).faults(),
        ["other_id: same_prospect"]
    );
}

#[actix_web::test]
async fn a_lost_record_is_not_kept_over_a_live_one() {
    let w = world();
    let lost = prospect(&w.app, &w.li, "Lost", None, "2026-11-20T10:00:00+08:00");
    let live = prospect(&w.app, &w.li, "Live", None, "2026-11-20T10:00:00+08:00");
    w.app.arrange(move |conn| {
        diesel::update(prospects::table.find(lost))
            .set((prospects::stage.eq("lost"), prospects::stage_before_lost.eq("intent")))
            .execute(conn)?;
        Ok(())
    });
    let refused =
        w.app.post(&format!("/prospects/{lost}/merges"), &w.desk, json!({"other_id": live})).await.expect(409);
    assert_eq!(refused.json()["code"], "merge_lost");
    let made = w.app.post(&format!("/prospects/{live}/merges"), &w.desk, json!({"other_id": lost})).await.expect(200);
    assert_eq!(made.json()["stage"], "intent", "as far as the person ever came");
}

#[actix_web::test]
async fn records_of_one_number_are_offered_for_merging() {
    let w = world();
    let a = prospect(&w.app, &w.li, "Zhao", Some("13800000001"), "2026-11-18T10:00:00+08:00").to_string();
    let b = prospect(&w.app, &w.li, "Zhao Da", Some("13800000001"), "2026-11-19T10:00:00+08:00").to_string();
    prospect(&w.app, &w.wang, "zhao", None, "2026-11-19T10:00:00+08:00");
    let own = w.app.page("/merges", Some(&w.li)).await.expect(200);
    assert_eq!(own.text.matches("class=\"panel\"").count(), 1, "Wang's is not Li's to see");
    let desk = w.app.page("/merges", Some(&w.desk)).await.expect(200);
    assert_eq!(desk.text.matches("class=\"panel\"").count(), 2);
    // Each pair once: two without a number are one, and each of them is one with whoever has one.
    let last = prospect(&w.app, &w.wang, "ZHAO", None, "2026-11-20T10:00:00+08:00").to_string();
    let more = w.app.page("/merges", Some(&w.desk)).await.expect(200).text;
    assert_eq!(more.matches("class=\"panel\"").count(), 4);
    assert!(
        more.contains(&format!("keep={a}&amp;other={last}")) && !more.contains(&format!("keep={b}&amp;other={last}"))
    );
    assert!(desk.text.contains("138****0001") && !desk.text.contains("13800000001"));
    let ask = format!("/merges/confirmation?lang=en&keep={a}&other={b}");
    assert!(own.text.contains(&format!("/merges/confirmation?keep={a}&amp;other={b}")), "{}", own.text);
    let asked = w.app.page(&ask, Some(&w.li)).await.expect(200).text;
    let (stays, ends) = (asked.find("<td>Zhao</td>"), asked.find("<td>Zhao Da</td>"));
    assert!(stays.is_some() && stays < ends && asked.contains("cannot be taken apart"), "{asked}");
    assert_eq!(
        w.app.page("/merges", Some(&w.li)).await.text.matches("class=\"panel\"").count(),
        1,
        "asking merges nothing"
    );
    for (who, none) in [(&w.wang, ask.clone()), (&w.li, format!("/merges/confirmation?keep={a}&other={a}"))] {
        assert_eq!(w.app.page(&none, Some(who)).await.expect(303).header("location"), Some("/merges"));
    }
    w.app.form("/merges", &w.li, &[("keep", &a), ("other", &b)]).await.expect(303);
    assert_eq!(w.app.page(&ask, Some(&w.li)).await.expect(303).header("location"), Some("/merges"));
    assert_eq!(w.app.page("/merges", Some(&w.li)).await.expect(200).text.matches("class=\"panel\"").count(), 0);
}
