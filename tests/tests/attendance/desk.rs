//! The office's queue, and a decision against a member, which takes two people.

use serde_json::{Value, json};
use zhucun_tests::office::text;

use super::{DATABASES, Member, Town, codes};

fn days(members: &[&Member]) -> Value {
    members.iter().map(|member| json!({"person": member.person, "day": member.day.to_string()})).collect()
}

#[tokio::test]
async fn nobody_is_absent_by_one_persons_word_and_an_objection_comes_first() {
    for database in DATABASES {
        let town = Town::on(database).await;
        let mut member = town.member("m-0001", "440811070201").await;
        let mut other = town.member("m-0002", "440811070201").await;
        for member in [&mut member, &mut other] {
            let inside = member.inside;
            member.measures(9, inside).await;
        }
        assert_eq!(town.file(&member).await["verdict"], "present");

        let decide = json!({"days": days(&[&member, &other]), "verdict": "absent", "reason": "同事证实当日不在村"});
        let decided = town.asked(&town.office, "/v1/attendance/decide", decide).await.success().unwrap();
        assert_eq!((&decided["count"], &decided["takes_another"]), (&json!(2), &json!(true)));
        let file = town.file(&member).await;
        assert_eq!((&file["verdict"], codes(&file)), (&json!("present"), vec!["inside_fix", "review_awaits"]));
        assert_eq!(town.waits(&member).await, ["second_person"]);

        let agree = json!({"days": days(&[&member])});
        let own = town.asked(&town.office, "/v1/attendance/agree", agree.clone()).await;
        assert_eq!((own.status, own.code()), (409, "takes_another"));
        town.asked(&town.other, "/v1/attendance/agree", agree).await.success().unwrap();
        let file = town.file(&member).await;
        assert_eq!((&file["verdict"], codes(&file)[0]), (&json!("absent"), "review_by_office"));
        assert!(town.waits(&member).await.is_empty());
        assert_eq!(town.file(&other).await["verdict"], "present", "only what was agreed with");

        // Who decides anew starts anew: what was agreed with was another word.
        let anew = json!({"days": days(&[&member]), "verdict": "present", "reason": "补充核实：在村"});
        town.asked(&town.office, "/v1/attendance/decide", anew).await.success().unwrap();
        assert_eq!(town.file(&member).await["verdict"], "present");
        let again = json!({"days": days(&[&member]), "verdict": "absent", "reason": "再次核实"});
        town.asked(&town.office, "/v1/attendance/decide", again).await.success().unwrap();
        assert_eq!(town.file(&member).await["verdict"], "present");

        objects(&town, &mut member).await;
        town.end().await;
    }
}

/// The member objects, from the phone: what weighs most comes first, page by page, until it is answered.
async fn objects(town: &Town, member: &mut Member) {
    let (own, day) = (format!("{}/own", member.person), member.day.to_string());
    let id = mobile_schema::derived_id("appeal", &[&member.person, &day]);
    let fields = json!({"person": member.person, "day": day, "text": "我在村里，有照片"});
    let line = member.phone.line(&own, "appeal", &id, &fields);
    member.phone.push(&[line]).await.expect("it is taken");
    assert_eq!(town.waits(member).await, ["appeal", "second_person"]);

    let query = [("place", "440811070"), ("limit", "1")];
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = query.to_vec();
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = town.office.get("/v1/attendance/matters", &query).await.unwrap();
        seen.extend(page["matters"].as_array().unwrap().iter().map(|matter| text(matter, "code").unwrap()));
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen, ["appeal", "second_person", "second_person"]);

    // To reject it takes two.
    let answer = |answer: &str| json!({"days": days(&[member]), "answer": answer, "text": "照片不是当天的"});
    let one = town.asked(&town.office, "/v1/attendance/answer", answer("rejected")).await.success().unwrap();
    assert_eq!(one["takes_another"], true);
    assert_eq!(town.waits(member).await, ["second_person", "second_person"]);
    assert_eq!(town.file(member).await["appeal"]["open"], true);
    let agree = json!({"days": days(&[member])});
    town.asked(&town.other, "/v1/attendance/agree", agree).await.success().unwrap();
    let file = town.file(member).await;
    assert_eq!((&file["appeal"]["answer"], &file["appeal"]["open"]), (&json!("rejected"), &json!(false)));
    // The same person's word on the day was agreed with in the same breath.
    assert_eq!((&file["verdict"], town.waits(member).await.len()), (&json!("absent"), 0));

    // To uphold it, one; also after it was rejected.
    town.asked(&town.office, "/v1/attendance/answer", answer("upheld")).await.success().unwrap();
    assert_eq!(town.file(member).await["appeal"]["answer"], "upheld");
    let nobody = json!({"days": [{"person": member.person, "day": "2020-01-01"}], "answer": "upheld", "text": "采纳"});
    assert_eq!(town.asked(&town.office, "/v1/attendance/answer", nobody).await.status, 404);
}

/// The office asks; the question is on the phone with the member's own records, and the answer comes back as a matter, until the day is decided.
#[tokio::test]
async fn the_office_asks_and_the_member_answers_from_the_phone() {
    for database in DATABASES {
        let town = Town::on(database).await;
        let mut member = town.member("m-0001", "440811070201").await;
        let ask = json!({"days": days(&[&member]), "question": "当天手机没有定位，人在哪里？"});
        let silent = json!({"days": days(&[&member]), "question": " "});
        assert_eq!(town.asked(&town.office, "/v1/attendance/ask", silent).await.status, 400);
        town.asked(&town.office, "/v1/attendance/ask", ask).await.success().unwrap();
        assert!(town.waits(&member).await.is_empty(), "now the member is to say something");
        assert_eq!(town.file(&member).await["inquiry"]["answer"], Value::Null);

        let (own, day) = (format!("{}/own", member.person), member.day.to_string());
        let id = mobile_schema::derived_id("inquiry", &[&member.person, &day]);
        let line = member.phone.line(&own, "inquiry", &id, &json!({"answer": "手机没电了，在村委会开会"}));
        member.phone.push(&[line]).await.expect("it is taken");
        assert_eq!(town.waits(&member).await, ["answered"]);
        assert_eq!(town.file(&member).await["inquiry"]["answer"], "手机没电了，在村委会开会");

        // Who is asked anew is to answer anew.
        let again = json!({"days": days(&[&member]), "question": "哪个村委会？"});
        town.asked(&town.office, "/v1/attendance/ask", again).await.success().unwrap();
        assert_eq!(town.file(&member).await["inquiry"], json!({"question": "哪个村委会？", "answer": null}));
        assert!(town.waits(&member).await.is_empty());

        let decide = json!({"days": days(&[&member]), "verdict": "present", "reason": "村委会会议记录可证"});
        town.asked(&town.office, "/v1/attendance/decide", decide).await.success().unwrap();
        assert_eq!(town.file(&member).await["verdict"], "present");
        assert!(town.waits(&member).await.is_empty());
        town.end().await;
    }
}
