//! Cases of lines and what they come to: one function a topic.

use sync_protocol::{
    Dot,
    chain::blank_line,
    ids::sha256,
    schema::derived_id,
    testing::worlds::{cast::START, values_template},
};

use crate::story::{FINDING, HOUSEHOLD, LEAVE, Story, VISIT, Who, Who::*, adrift, at};

type Told = Vec<Story>;

fn tell(name: &'static str, about: &'static str, how: impl FnOnce(&mut Story)) -> Story {
    let mut story = Story::new(name, about);
    how(&mut story);
    story
}

/// Own evidence: the id names the install that took it.
fn fix(who: Who) -> String {
    format!("{}.1", who.install())
}

fn response() -> String {
    derived_id("response", &["v1", "t"])
}

/// Name of the file, what it is about, its stories.
type Topic = (&'static str, &'static str, fn() -> Told);

pub const TOPICS: [Topic; 16] = [
    ("lines", "Which bytes are an operation, a time line, a blank, or unreadable (section 3).", lines),
    ("time", "Corrected time (section 6): the last element of each entry of `by`.", time),
    ("authority", "Judgement of phones' lines (section 7).", authority),
    ("revocations", "Installs that ended or were lost (section 7).", revocations),
    ("decisions", "What the office decides on operations (section 7).", decisions),
    ("servers", "What a server install may do, and what a phone that plays one may not (section 7).", servers),
    ("equality", "When values are equal (section 8).", equality),
    ("merge-single", "The policy `single` (section 8).", single),
    ("merge-review", "The policy `review` (section 8).", review),
    ("merge-set", "The policy `set` (section 8).", set),
    ("merge-once", "The policy `once` (section 8).", once),
    ("merge-office", "The policy `office` (section 8).", office),
    ("deletion", "Deletion and revival (section 8).", deletion),
    ("forks", "Installs that forked, and operations that saw each other (sections 4, 6, 8).", forks),
    ("templates", "Responses and their checklists (sections 7, 8).", templates),
    ("standing", "An operation of several fields (section 9), and digests (section 10).", standing),
];

fn lines() -> Told {
    let line = |name, about, bytes: &[u8]| tell(name, about, |s| drop_dot(s.bytes(Member, bytes)));
    let deep = |n: usize| {
        format!(
            r#"{{"s":"440811070201/presence","k":"visit","id":"v1","f":{{"zz":{}{}}}}}"#,
            "[".repeat(n),
            "]".repeat(n)
        )
    };
    let long = |n: usize| {
        let line = format!(r#"{{"s":"440811070201/presence","k":"visit","id":"v1","f":{{"zz":"{}"}}}}"#, "x".repeat(n));
        let over = line.len() - n;
        format!(r#"{{"s":"440811070201/presence","k":"visit","id":"v1","f":{{"zz":"{}"}}}}"#, "x".repeat(n - over))
    };
    let fields = |n: usize| {
        let fields: Vec<String> = (0..n).map(|i| format!(r#""z{i}":0"#)).collect();
        format!(r#"{{"s":"440811070201/presence","k":"visit","id":"v1","f":{{{}}}}}"#, fields.join(","))
    };
    let dots = |n: usize| {
        let dots: Vec<String> = (0..n).map(|i| format!(r#""{:032x}:1:0000000000000000""#, i)).collect();
        format!(r#"{{"s":"440811070201/presence","k":"visit","id":"v1","seen":[{}]}}"#, dots.join(","))
    };
    let visit = |members: &str| format!(r#"{{"s":"440811070201/presence","k":"visit","id":"v1"{members}}}"#);
    let mut told = vec![
        line("the least a line has", "No version, fields, seen or time.", visit("").as_bytes()),
        line(
            "unknown members",
            "They are kept and ignored, also twice.",
            visit(r#","zz":1,"zz":2,"t":{"zz":0}"#).as_bytes(),
        ),
        line(
            "null is as missing",
            "",
            visit(r#","v":null,"f":null,"seen":null,"t":{"w":null,"g":null},"tpl":null,"by":null,"as":null"#)
                .as_bytes(),
        ),
        line(
            "white space",
            "White space around and within is JSON.",
            format!("\t {} \r", visit("").replace(':', " : ")).as_bytes(),
        ),
        line("a time line", "It makes no operation and has no standing.", br#"{"k":"time","t":{"w":1,"b":"x","m":2}}"#),
        line("a blank", "", &blank_line(&sha256(&[b"a line that is lost"]))),
        line("no blank: upper case", "", blank_line(&sha256(&[b"x"])).to_ascii_uppercase().as_slice()),
        line("the longest", "262,144 bytes.", long(262_144).as_bytes()),
        line("too long", "262,145 bytes.", long(262_145).as_bytes()),
        line("not UTF-8", "", b"{\"s\":\"\xff\"}"),
        line("not UTF-8 is told before a NUL", "The first code of the table that applies.", b"\0\xff"),
        line("NUL", "", b"{\"s\":\"\0\"}"),
        line("NUL, escaped", "", visit(r#","f":{"zz":"\u0000"}"#).as_bytes()),
        line("no NUL: an escaped backslash", "", visit(r#","f":{"zz":"\\u0000"}"#).as_bytes()),
        line("half a surrogate pair", "", visit(r#","f":{"zz":"\ud83d"}"#).as_bytes()),
        line("the other half", "", visit(r#","f":{"zz":"\ude00"}"#).as_bytes()),
        line("halves the wrong way round", "", visit(r#","f":{"zz":"\ude00\ud83d"}"#).as_bytes()),
        line("halves apart", "", visit(r#","f":{"zz":"\ud83d-\ude00"}"#).as_bytes()),
        line("a surrogate pair", "", visit(r#","f":{"zz":"\ud83d\ude00"}"#).as_bytes()),
        line("as deep as may be", "32.", deep(30).as_bytes()),
        line("too deep", "33.", deep(31).as_bytes()),
        line(
            "brackets in texts are not deep",
            "",
            visit(&format!(r#","f":{{"zz":"\"{}"}}"#, "[".repeat(99))).as_bytes(),
        ),
        line("empty", "", b""),
        line("no object", "", b"[]"),
        line("two objects", "", b"{} {}"),
        line("cut", "A bad member does not hide that the rest is no JSON.", br#"{"k":1,"s":"440811070201/pres"#),
        line("not a number", "", visit(r#","f":{"zz":NaN}"#).as_bytes()),
        line("a number beyond any reader", "It is JSON, kept verbatim.", visit(r#","f":{"zz":1e999}"#).as_bytes()),
        line("no id", "", br#"{"s":"440811070201/presence","k":"visit"}"#),
        line("no kind", "", br#"{"s":"440811070201/presence","id":"v1"}"#),
        line("a member twice", "", visit(r#","k":"visit""#).as_bytes()),
        line("a member twice, once null", "", visit(r#","v":null,"v":1"#).as_bytes()),
        line("a field twice", "Names are compared as texts.", visit(r#","f":{"note":1,"n\u006fte":2}"#).as_bytes()),
        line("version 0", "", visit(r#","v":0"#).as_bytes()),
        line("version 1.0", "An integer has no point.", visit(r#","v":1.0"#).as_bytes()),
        line("a negative clock", "", visit(r#","t":{"m":-1}"#).as_bytes()),
        line("a clock beyond 2^53", "", visit(r#","t":{"m":9007199254740993}"#).as_bytes()),
        line("three in a pair", "", visit(r#","t":{"g":[1,2,3]}"#).as_bytes()),
        line("a boot id of 65 bytes", "", visit(&format!(r#","t":{{"b":"{}"}}"#, "b".repeat(65))).as_bytes()),
        line(
            "a role that is none",
            "Also in a line of a phone, where it means nothing.",
            visit(r#","as":"king""#).as_bytes(),
        ),
        line(
            "a dot with a leading zero",
            "",
            visit(r#","seen":["00000000000000000000000000000001:01:0000000000000000"]"#).as_bytes(),
        ),
        line(
            "a dot with seq above 2^53",
            "",
            visit(r#","seen":["00000000000000000000000000000001:9007199254740993:0000000000000000"]"#).as_bytes(),
        ),
        line("1,000 fields", "", fields(1_000).as_bytes()),
        line("1,001 fields", "", fields(1_001).as_bytes()),
        line("1,000 dots", "", dots(1_000).as_bytes()),
        line("1,001 dots", "", dots(1_001).as_bytes()),
    ];
    told.push(tell("one bad line blocks nothing", "Those around it stand (P5).", |s| {
        s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
        s.bytes(Member, b"\xff");
        s.write(Member, VISIT, r#"{"purpose":"b"}"#, &[], &at(2));
    }));
    told
}

fn drop_dot(_: Dot) {}

fn time() -> Told {
    let one = |name, about, t: &str| {
        let t = t.to_owned();
        tell(name, about, move |s| drop_dot(s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &t)))
    };
    let start = START;
    vec![
        one("satellite before server", "", &format!(r#"{{"g":[{start},7000],"n":[{},0]}}"#, start + 99)),
        one("a satellite roll-over is not believed", "", &format!(r#"{{"g":[935000000000,0],"n":[{start},5]}}"#)),
        one("the last believed moment is before 2100", "", &format!(r#"{{"g":[4102444800000,0],"n":[{start},5]}}"#)),
        tell("same boot", "A line before the first contact of its boot is anchored by a later one.", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], r#"{"b":"x","m":10000}"#);
            s.bytes(InspectorA, format!(r#"{{"k":"time","t":{{"b":"x","m":70000,"n":[{START},500]}}}}"#).as_bytes());
        }),
        tell("the least uncertain of a boot", "Satellite time an hour away is better than server time at hand.", |s| {
            s.bytes(InspectorA, format!(r#"{{"k":"time","t":{{"b":"x","m":0,"g":[{START},0]}}}}"#).as_bytes());
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], r#"{"b":"x","m":3600000}"#);
            s.bytes(InspectorA, format!(r#"{{"k":"time","t":{{"b":"x","m":3600000,"n":[{START},0]}}}}"#).as_bytes());
        }),
        tell("between its neighbours", "A boot without contact. The rights cover all of the span.", |s| {
            s.bytes(InspectorA, format!(r#"{{"k":"time","t":{}}}"#, at(1)).as_bytes());
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &adrift());
            s.bytes(InspectorA, format!(r#"{{"k":"time","t":{}}}"#, at(9)).as_bytes());
        }),
        tell("neighbours the wrong way round", "The ends change places.", |s| {
            s.bytes(InspectorA, format!(r#"{{"k":"time","t":{}}}"#, at(9)).as_bytes());
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &adrift());
            s.bytes(InspectorA, format!(r#"{{"k":"time","t":{}}}"#, at(1)).as_bytes());
        }),
        tell("from the fork on", "Lines at or above the fork bound nothing there; below it they do.", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write_at(InspectorA, 2, FINDING, r#"{"text":"b"}"#, &[], &adrift());
            s.write_at(InspectorA, 3, FINDING, r#"{"title":"c"}"#, &[], &at(5));
            s.write_at(InspectorA, 3, FINDING, r#"{"title":"d"}"#, &[], &at(7));
            s.write_at(InspectorA, 4, FINDING, r#"{"place":"44"}"#, &[], &adrift());
            s.bytes_at(InspectorA, 5, format!(r#"{{"k":"time","t":{}}}"#, at(9)).as_bytes());
        }),
        tell("wrong wall clocks", "They decide nothing: the later server time shows.", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"late"}"#, &[], &format!(r#"{{"w":1,"n":[{},0]}}"#, START + 99));
            s.write(
                InspectorB,
                FINDING,
                r#"{"title":"early"}"#,
                &[],
                &format!(r#"{{"w":2085978496000,"n":[{START},0]}}"#),
            );
        }),
    ]
}

fn authority() -> Told {
    let one = |name, about, who: Who, record: [&'static str; 3], fields: &'static str, t: String| {
        tell(name, about, move |s| drop_dot(s.write(who, record, fields, &[], &t)))
    };
    let day = 24 * 60;
    vec![
        one("a scope that is none", "", Member, ["Nowhere/presence", "visit", "v1"], "{}", at(1)),
        one("a lane of another kind", "", Member, ["440811070201/household", "visit", "v1"], "{}", at(1)),
        one("a lane is told before an id", "", Member, ["440811070201/household", "visit", "a b"], "{}", at(1)),
        one("an id with a space", "", Member, ["440811070201/presence", "visit", "a b"], "{}", at(1)),
        one("evidence without its install", "", Member, ["440811070201/presence", "fix", "x.1"], "{}", at(1)),
        one(
            "a derived id of UUID version 4",
            "",
            InspectorA,
            ["440811070201/inspection", "response", "0b6c0000-0000-4000-8000-000000000000"],
            "{}",
            at(1),
        ),
        one(
            "a derived id in upper case",
            "",
            Member,
            ["zjedz.p.member/own", "appeal", "0B6C0000-0000-8000-8000-000000000000"],
            "{}",
            at(1),
        ),
        one(
            "a ruling kind from a phone",
            "",
            Office,
            ["zjedz.p.member/own", "grant", "g1"],
            r#"{"role":"admin"}"#,
            at(1),
        ),
        one(
            "a server's kind that is no ruling",
            "",
            Office,
            ["zjedz.p.member/own", "review", "0b6c0000-0000-8000-8000-000000000000"],
            "{}",
            at(1),
        ),
        one("no enrolment known", "A certificate alone is not enough.", Stranger, VISIT, "{}", at(1)),
        one("an unknown kind", "", InspectorA, ["440811070201/inspection", "drone", "d1"], "{}", at(1)),
        one(
            "no enrolment is told before an unknown kind",
            "",
            Stranger,
            ["440811070201/inspection", "drone", "d1"],
            "{}",
            at(1),
        ),
        tell("an unknown version", "Held before the schema is asked.", |s| {
            drop_dot(s.write_with(Member, VISIT, r#"{"note":7}"#, &[], &at(1), r#","v":2"#));
        }),
        one("the schema", "", Member, VISIT, r#"{"note":7}"#, at(1)),
        one("an unknown field", "Never a fault.", Member, VISIT, r#"{"zz":{"a":[1]}}"#, at(1)),
        one(
            "carried",
            "",
            Member,
            ["zjedz.p.member/own", "carried", "00000000000000000000000000000001.1"],
            r#"{"seq":1,"line":"x"}"#,
            at(1),
        ),
        one("a place no right covers", "", Member, ["440811070202/presence", "visit", "v1"], "{}", at(1)),
        one("a place above one's own", "", Member, ["440811070/presence", "visit", "v1"], "{}", at(1)),
        one("a lane no role writes", "A lead who is a manager as well.", Lead, FINDING, "{}", at(1)),
        one("a district covers its towns", "", InspectorA, FINDING, r#"{"title":"a"}"#, at(1)),
        one("before a right begins", "", Member, VISIT, "{}", at(-1)),
        one("when a right begins", "From is included.", Member, VISIT, r#"{"note":"a"}"#, at(0)),
        one("no time at all", "An open span is never covered.", Member, VISIT, "{}", adrift()),
        one("no time and no right", "", Member, FINDING, "{}", adrift()),
        tell("a right begins in the span", "", |s| {
            s.bytes(Member, format!(r#"{{"k":"time","t":{}}}"#, at(-5)).as_bytes());
            s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &adrift());
            s.bytes(Member, format!(r#"{{"k":"time","t":{}}}"#, at(5)).as_bytes());
        }),
        tell(
            "two rights cover a span together",
            "Office until the first day, admin from then: office all the time.",
            move |s| {
                s.bytes(Office, format!(r#"{{"k":"time","t":{}}}"#, at(day - 5)).as_bytes());
                s.write(Office, FINDING, r#"{"title":"a"}"#, &[], &adrift());
                s.bytes(Office, format!(r#"{{"k":"time","t":{}}}"#, at(day + 5)).as_bytes());
            },
        ),
        one(
            "one's own scope",
            "No right needed, and no time known.",
            Lead,
            ["zjedz.p.lead/own", "leave", "l2"],
            r#"{"reason":"a"}"#,
            adrift(),
        ),
        one(
            "nobody approves their own leave",
            "",
            Office,
            ["zjedz.p.office/own", "leave", "l2"],
            r#"{"approval":"approved"}"#,
            at(1),
        ),
        one("another's own scope", "", Member, ["zjedz.p.lead/own", "leave", "l2"], r#"{"reason":"a"}"#, at(1)),
        one(
            "one's own place in another lane",
            "Nothing is one's own there.",
            Lead,
            ["zjedz.p.lead/presence", "visit", "v1"],
            "{}",
            at(1),
        ),
        tell("a grant that is back-dated", "The end is moved before the write: it is judged anew.", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(60));
            s.office(["zjedz.p.inspector-a/own", "grant", "g0"], &format!(r#"{{"to":{}}}"#, START + 60 * 60_000), &[]);
        }),
    ]
}

fn enrolment(who: Who) -> [String; 3] {
    let person = match who {
        Member => "member",
        _ => "inspector-a",
    };
    [format!("zjedz.p.{person}/own"), "enrolment".to_owned(), who.install().to_string()]
}

fn revoke(s: &mut Story, who: Who, fields: &str) -> Dot {
    let [a, b, c] = enrolment(who);
    s.office([&a, &b, &c], fields, &[])
}

fn three(s: &mut Story) {
    for (i, title) in ["a", "b", "c"].into_iter().enumerate() {
        s.write(InspectorA, FINDING, &format!(r#"{{"title":"{title}"}}"#), &[], &at(i as i64 + 1));
    }
}

fn revocations() -> Told {
    vec![
        tell("ended", "What was written before counts; the moment itself does not.", |s| {
            three(s);
            revoke(s, InspectorA, &format!(r#"{{"ended":{}}}"#, START + 2 * 60_000));
        }),
        tell("ended, and the time is open above", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(InspectorA, FINDING, r#"{"title":"b"}"#, &[], &adrift());
            revoke(s, InspectorA, &format!(r#"{{"ended":{}}}"#, START + 100_000_000));
        }),
        tell("ended, taken back", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(5));
            let ended = revoke(s, InspectorA, &format!(r#"{{"ended":{START}}}"#));
            let [a, b, c] = enrolment(InspectorA);
            s.office([&a, &b, &c], r#"{"ended":null}"#, &[ended]);
        }),
        tell("lost", "The lines on the chain that ends in the head count.", |s| {
            three(s);
            let head = s.head(InspectorA, 2);
            revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":2,"head":"{head}"}}}}"#));
        }),
        tell("lost, with a head of no known chain", "Nothing is known to be its owner's.", |s| {
            three(s);
            revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":2,"head":"{}"}}}}"#, "0".repeat(64)));
        }),
        tell("lost, above what is known", "A line is missing below it.", |s| {
            three(s);
            revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":9,"head":"{}"}}}}"#, "0".repeat(64)));
        }),
        tell("lost before the first line", "", |s| {
            three(s);
            let head = s.head(InspectorA, 0);
            revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":0,"head":"{head}"}}}}"#));
        }),
        tell("lost, and it cannot be read", "Then nothing counts, rather than all.", |s| {
            three(s);
            revoke(s, InspectorA, r#"{"lost":{"seq":"2"}}"#);
        }),
        tell(
            "lost, and who found it goes on from before",
            "Of the two branches the one counts that ends in the head.",
            |s| {
                three(s);
                let head = s.head(InspectorA, 3);
                s.write_at(InspectorA, 2, FINDING, r#"{"title":"x"}"#, &[], &at(8));
                s.write_at(InspectorA, 3, FINDING, r#"{"title":"y"}"#, &[], &at(9));
                revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":3,"head":"{head}"}}}}"#));
            },
        ),
        tell("lost, with a blank on the chain", "A blank holds its place.", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.bytes(InspectorA, &blank_line(&sha256(&[b"gone"])));
            s.write(InspectorA, FINDING, r#"{"title":"c"}"#, &[], &at(3));
            let head = s.head(InspectorA, 3);
            revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":3,"head":"{head}"}}}}"#));
        }),
    ]
}

fn decisions() -> Told {
    let scope = "440811070201/presence";
    let on = move |name, about, fields: &'static str, t: String, decision: &'static str| {
        tell(name, about, move |s| {
            let dot = s.write(Member, VISIT, fields, &[], &t);
            s.decide(scope, dot, decision, &[]);
        })
    };
    vec![
        on("refused", "", r#"{"note":"a"}"#, at(1), "refuse"),
        on("accepted out of quarantine", "It counts with authority other.", r#"{"note":"a"}"#, adrift(), "accept"),
        on("refused in quarantine", "", r#"{"note":"a"}"#, adrift(), "refuse"),
        on("what the schema refused stays refused", "", r#"{"note":7}"#, at(1), "accept"),
        on("and is not refused otherwise", "", r#"{"note":7}"#, at(1), "refuse"),
        on("none", "As if nothing were decided.", r#"{"note":"a"}"#, adrift(), "none"),
        tell("accepted without an enrolment", "Quarantine is passed over, the schema is not.", |s| {
            let good = s.write(Stranger, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let bad = s.write(Stranger, FINDING, r#"{"title":7}"#, &[], &at(1));
            let kind = s.write(Stranger, ["440811070201/inspection", "drone", "d1"], "{}", &[], &at(1));
            for dot in [good, bad, kind] {
                s.decide("440811070201/inspection", dot, "accept", &[]);
            }
        }),
        tell("refused while held", "", |s| {
            let dot = s.write(InspectorA, ["440811070201/inspection", "drone", "d1"], "{}", &[], &at(1));
            s.decide("440811070201/inspection", dot, "refuse", &[]);
        }),
        tell("the newest decision", "One that saw the earlier replaces it.", |s| {
            let dot = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let refused = s.decide(scope, dot, "refuse", &[]);
            s.decide(scope, dot, "none", &[refused]);
        }),
        tell("decisions in two scopes", "The record of the higher scope counts, if it says something.", |s| {
            let dot = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &adrift());
            s.decide(scope, dot, "accept", &[]);
            s.decide("zjedz/roster", dot, "refuse", &[]);
        }),
        tell("a ruling is not decided on", "", |s| {
            let fields = format!(r#"{{"person":"zjedz.p.lead","role":"inspector","place":"zjedz","from":{START}}}"#);
            let dot = s.office(["zjedz.p.lead/own", "grant", "g8"], &fields, &[]);
            s.decide("zjedz.p.lead/own", dot, "refuse", &[]);
            s.write(Lead, FINDING, r#"{"title":"a"}"#, &[], &at(1));
        }),
        tell("an undo", "What the office wrote in the console can be refused.", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let dot = s.office(FINDING, r#"{"title":"b"}"#, &[]);
            s.decide("440811070201/inspection", dot, "refuse", &[]);
        }),
    ]
}

fn servers() -> Told {
    vec![
        tell("acting for a person", "The person and the role named in the line.", |s| {
            s.write_with(Server, FINDING, r#"{"title":"a"}"#, &[], &at(1), r#","by":"zjedz.p.town","as":"town""#);
        }),
        tell("acting by itself", "Person is the server's own name, authority office.", |s| {
            s.write(Server, FINDING, r#"{"title":"a"}"#, &[], &at(1));
        }),
        tell("half of it is nothing", "", |s| {
            s.write_with(Server, FINDING, r#"{"title":"a"}"#, &[], &at(1), r#","as":"town""#);
        }),
        tell("its lines keep form and schema too", "", |s| {
            s.office(FINDING, r#"{"title":7}"#, &[]);
            s.office(["440811070201/household", "finding", "f1"], "{}", &[]);
            s.office(["440811070201/inspection", "drone", "d1"], "{}", &[]);
        }),
        tell("a phone that names an acting person", "It is who it is.", |s| {
            let acting = r#","by":"zjedz.p.office","as":"admin""#;
            s.write_with(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1), acting);
            s.write_with(Member, FINDING, r#"{"title":"b"}"#, &[], &at(1), acting);
        }),
        tell("a certificate copied into a phone's line", "It says nothing of that phone.", |s| {
            let server = &sync_protocol::testing::worlds::cast::Cast::get().server_install;
            let certificate = serde_json::to_string(&server.certificate).unwrap();
            let id = Stranger.install().to_string();
            s.write(
                Stranger,
                ["zjedz.p.stranger/own", "enrolment", &id],
                &format!(r#"{{"certificate":{certificate}}}"#),
                &[],
                &at(1),
            );
            s.write(Stranger, FINDING, r#"{"title":"a"}"#, &[], &at(2));
        }),
        tell("a certificate in another install's record", "The record says nothing.", |s| {
            let lead = &sync_protocol::testing::worlds::cast::Cast::get().installs[1];
            let certificate = serde_json::to_string(&lead.certificate).unwrap();
            let id = Stranger.install().to_string();
            s.office(["zjedz.p.stranger/own", "enrolment", &id], &format!(r#"{{"certificate":{certificate}}}"#), &[]);
            s.write(Stranger, VISIT, r#"{"note":"a"}"#, &[], &at(2));
        }),
        tell("a certificate that no server signed", "", |s| {
            let stranger = &sync_protocol::testing::worlds::cast::Cast::get().installs[7];
            let mut certificate = stranger.certificate.clone();
            certificate.person = "zjedz.p.office".to_owned();
            let f = format!(r#"{{"certificate":{}}}"#, serde_json::to_string(&certificate).unwrap());
            s.office(["zjedz.p.stranger/own", "enrolment", &stranger.id.to_string()], &f, &[]);
            s.write(Stranger, FINDING, r#"{"title":"a"}"#, &[], &at(2));
        }),
        tell("an enrolment that comes late", "What waited for it counts.", |s| {
            s.write(Stranger, ["zjedz.p.stranger/own", "leave", "l1"], r#"{"reason":"a"}"#, &[], &at(1));
            let stranger = &sync_protocol::testing::worlds::cast::Cast::get().installs[7];
            let f = format!(r#"{{"certificate":{}}}"#, serde_json::to_string(&stranger.certificate).unwrap());
            s.office(["zjedz.p.stranger/own", "enrolment", &stranger.id.to_string()], &f, &[]);
        }),
    ]
}

fn equality() -> Told {
    let pair = |name, a: &'static str, b: &'static str| {
        tell(name, "Two people, neither saw the other. Equal values are one.", move |s| {
            s.write(Member, VISIT, &format!(r#"{{"zz":{a}}}"#), &[], &at(1));
            s.write(Lead, VISIT, &format!(r#"{{"zz":{b}}}"#), &[], &at(2));
        })
    };
    vec![
        pair("escapes", r#""a/b""#, r#""\u0061\/b""#),
        pair("upper case", r#""a""#, r#""A""#),
        pair("no normal form", r#""\u00e9""#, r#""e\u0301""#),
        pair("a number with a point", "1", "1.0"),
        pair("a number with an exponent", "100", "1E+2"),
        pair("zero below", "0", "-0.00"),
        pair("a number and its text", "1", r#""1""#),
        pair("numbers that floating point confuses", "9007199254740993", "9007199254740992"),
        pair("numbers too large for floating point", "1e400", "10e399"),
        pair("exponents beyond 32 bits", "1e9999999999", "10e9999999998"),
        pair("members in another order", r#"{"a":1,"b":[2]}"#, r#"{ "b" : [ 2.0 ] , "a" : 1 }"#),
        pair("a member twice", r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        pair("a list in another order", "[1,2]", "[2,1]"),
        pair("null and false", "null", "false"),
    ]
}

fn single() -> Told {
    vec![
        tell("what was seen is replaced", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[a], &at(2));
        }),
        tell("an install has seen its own", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(2));
            s.write(InspectorA, FINDING, r#"{"title":"b"}"#, &[], &at(1));
        }),
        tell("the later shows", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(2));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &at(1));
        }),
        tell("authority before time", "", |s| {
            s.write(Office, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &at(9));
        }),
        tell("a known time before an unknown", "", |s| {
            s.bytes(InspectorB, format!(r#"{{"k":"time","t":{}}}"#, at(8)).as_bytes());
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &adrift());
            s.bytes(InspectorB, format!(r#"{{"k":"time","t":{}}}"#, at(9)).as_bytes());
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
        }),
        tell("the dot when nothing else tells", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &at(1));
        }),
        tell("three values, two of them equal", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(3));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &at(2));
            s.write(SecondB, FINDING, r#"{"title":"\u0061"}"#, &[], &at(1));
        }),
        tell("seen through another", "Also through one that does not stand.", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let b = s.write(Member, FINDING, r#"{"title":"b"}"#, &[a], &at(2));
            s.write(InspectorB, FINDING, r#"{"title":"c"}"#, &[b], &at(0));
        }),
        tell("what does not stand replaces nothing", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(Member, FINDING, r#"{"title":"b"}"#, &[a], &at(2));
        }),
        tell("dots of elsewhere mean nothing", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let never = Dot::new(Member.install(), 77, &sha256(&[b"never"]));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[a, never], &at(2));
        }),
        tell("null is a value", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"title":null}"#, &[a], &at(2));
        }),
    ]
}

fn review() -> Told {
    let both = |s: &mut Story| {
        let a = s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
        [a, s.write(InspectorB, FINDING, r#"{"severity":"grave"}"#, &[], &at(2))]
    };
    vec![
        tell("differing values are an open conflict", "Both stand in it, also the one shown.", |s| {
            both(s);
        }),
        tell("equal values are none", "", |s| {
            s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"severity":"m\u0069nor"}"#, &[], &at(2));
        }),
        tell("a value that stood alone is replaced", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"severity":"grave"}"#, &[a], &at(2));
        }),
        tell("who may not settle replaces only their own", "", |s| {
            let seen = both(s);
            s.write(SecondB, FINDING, r#"{"severity":"serious"}"#, &seen, &at(3));
        }),
        tell("a third does not settle", "", |s| {
            let seen = both(s);
            let fields = format!(r#"{{"person":"zjedz.p.lead","role":"inspector","place":"zjedz","from":{START}}}"#);
            s.office(["zjedz.p.lead/own", "grant", "g8"], &fields, &[]);
            s.write(Lead, FINDING, r#"{"severity":"serious"}"#, &seen, &at(3));
        }),
        tell("the office settles", "", |s| {
            let seen = both(s);
            s.office(FINDING, r#"{"severity":"grave"}"#, &seen);
        }),
        tell("and may be overruled by who saw that", "After the settlement one value stands alone.", |s| {
            let seen = both(s);
            let settled = s.office(FINDING, r#"{"severity":"grave"}"#, &seen);
            s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[settled], &at(300));
        }),
        tell("a settlement that is refused opens the conflict again", "", |s| {
            let seen = both(s);
            let settled = s.office(FINDING, r#"{"severity":"grave"}"#, &seen);
            s.decide("440811070201/inspection", settled, "refuse", &[]);
        }),
        tell("people not known are not one person", "Two phones without enrolment, all of theirs accepted.", |s| {
            let a = s.write(Stranger, HOUSEHOLD, r#"{"head_count":3}"#, &[], &at(1));
            let b = s.write(InspectorA, HOUSEHOLD, r#"{"head_count":4}"#, &[], &at(1));
            let c = s.write(Nobody, HOUSEHOLD, r#"{"head_count":5}"#, &[a, b], &at(3));
            s.decide("440811070201/household", a, "accept", &[]);
            s.decide("440811070201/household", c, "accept", &[]);
        }),
    ]
}

fn set() -> Told {
    let add = r#"{"tags":{"add":["road"]}}"#;
    vec![
        tell("two add", "", |s| {
            s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"tags":{"add":["well","r\u006fad"]}}"#, &[], &at(2));
        }),
        tell("a removal names what it saw", "", |s| {
            let a = s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(InspectorB, FINDING, &format!(r#"{{"tags":{{"remove":[["road",["{a}"]]]}}}}"#), &[], &at(2));
        }),
        tell("add wins over a removal that has not seen it", "", |s| {
            let a = s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(InspectorB, FINDING, add, &[], &at(1));
            s.write(SecondB, FINDING, &format!(r#"{{"tags":{{"remove":[["road",["{a}"]]]}}}}"#), &[a], &at(2));
        }),
        tell("seen is not named", "What `seen` holds does not remove.", |s| {
            let a = s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"tags":{"remove":[["road",[]]]}}"#, &[a], &at(2));
        }),
        tell("an install removes its own earlier adds", "", |s| {
            s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(InspectorA, FINDING, r#"{"tags":{"remove":[["road",[]]]}}"#, &[], &at(2));
        }),
        tell("but not later ones, nor those of the same line", "", |s| {
            s.write(
                InspectorA,
                FINDING,
                r#"{"tags":{"remove":[["road",[]],["well",[]]],"add":["well"]}}"#,
                &[],
                &at(1),
            );
            s.write(InspectorA, FINDING, add, &[], &at(2));
        }),
        tell("after a fork only what is named", "", |s| {
            s.write_at(InspectorA, 1, FINDING, add, &[], &at(1));
            s.write_at(InspectorA, 2, FINDING, r#"{"tags":{"add":["well"]}}"#, &[], &at(2));
            s.write_at(InspectorA, 2, FINDING, r#"{"tags":{"add":["roof"]}}"#, &[], &at(3));
            s.write_at(
                InspectorA,
                3,
                FINDING,
                r#"{"tags":{"remove":[["road",[]],["well",[]],["roof",[]]]}}"#,
                &[],
                &at(4),
            );
        }),
        tell("an element twice in a line", "The first spelling is fed.", |s| {
            s.write(InspectorA, FINDING, r#"{"tags":{"add":["r\u006fad","road"]}}"#, &[], &at(1));
        }),
        tell("emptied, beside a value that stands", "An empty set is fed as one.", |s| {
            s.write(InspectorA, FINDING, r#"{"tags":{"add":["road"]},"title":"a"}"#, &[], &at(1));
            s.write(InspectorA, FINDING, r#"{"tags":{"remove":[["road",[]]]}}"#, &[], &at(2));
        }),
        tell("a removal that does not count", "", |s| {
            let a = s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(Member, FINDING, &format!(r#"{{"tags":{{"remove":[["road",["{a}"]]]}}}}"#), &[a], &at(2));
        }),
    ]
}

fn once() -> Told {
    let of = |id: String, story: fn(&mut Story, [&str; 3])| {
        move |s: &mut Story| story(s, ["440811070201/presence", "fix", &id])
    };
    vec![
        tell(
            "the first value stands",
            "The phone's own second thought is a proposal.",
            of(fix(Member), |s, r| {
                s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
                s.write(Member, r, r#"{"lat":22}"#, &[], &at(2));
            }),
        ),
        tell(
            "a correction by another",
            "Whatever it saw, and whoever wrote it.",
            of(fix(Member), |s, r| {
                let a = s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
                let b = s.write(Lead, r, r#"{"lat":22}"#, &[a], &at(2));
                s.office(r, r#"{"lat":23}"#, &[a, b]);
            }),
        ),
        tell(
            "an equal value is no correction",
            "It is fed as the phone that took it spelt it.",
            of(fix(Member), |s, r| {
                s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
                s.office(r, r#"{"lat":21.0}"#, &[]);
            }),
        ),
        tell(
            "corrections alone",
            "Nothing is shown.",
            of(fix(Member), |s, r| {
                s.write(Lead, r, r#"{"lat":22}"#, &[], &at(2));
            }),
        ),
        tell(
            "a fork: the lower hash",
            "",
            of(fix(Member), |s, r| {
                s.write_at(Member, 1, r, r#"{"lat":21}"#, &[], &at(1));
                s.write_at(Member, 1, r, r#"{"lat":22}"#, &[], &at(1));
            }),
        ),
        tell(
            "a fork, one branch refused",
            "The other shows.",
            of(fix(Member), |s, r| {
                let mut dots = [r#"{"lat":21}"#, r#"{"lat":22}"#].map(|f| s.write_at(Member, 1, r, f, &[], &at(1)));
                dots.sort();
                s.decide("440811070201/presence", dots[0], "refuse", &[]);
            }),
        ),
        tell(
            "a fork that came first is evidence too",
            "Lowest seq, then hash, on whichever branch.",
            of(fix(Member), |s, r| {
                s.write_at(Member, 2, r, r#"{"lat":21}"#, &[], &at(1));
                s.write_at(Member, 1, r, r#"{"lat":22}"#, &[], &at(5));
                s.write_at(Member, 1, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            }),
        ),
    ]
}

fn office() -> Told {
    vec![
        tell("without the authority", "", |s| {
            s.write(Member, LEAVE, r#"{"approval":"approved"}"#, &[], &at(1));
        }),
        tell("town and office", "The office's shows; the other is beside it.", |s| {
            s.write(Member, LEAVE, r#"{"reason":"a"}"#, &[], &at(0));
            s.write(Town, LEAVE, r#"{"approval":"approved"}"#, &[], &at(2));
            s.write(Office, LEAVE, r#"{"approval":"rejected"}"#, &[], &at(1));
        }),
        tell("the town over the office, having seen it", "", |s| {
            let a = s.write(Office, LEAVE, r#"{"approval":"rejected"}"#, &[], &at(1));
            s.write(Town, LEAVE, r#"{"approval":"approved"}"#, &[a], &at(2));
        }),
        tell("the whole operation waits", "Also its fields of other policies.", |s| {
            s.write(Member, LEAVE, r#"{"reason":"a","approval":"approved"}"#, &[], &at(1));
        }),
    ]
}

fn deletion() -> Told {
    const DELETE: &str = r#"{"_deleted":true}"#;
    vec![
        tell("all was seen", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, DELETE, &[a], &at(2));
        }),
        tell("a write it has not seen", "The record stays.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.write(Member, VISIT, r#"{"purpose":"b"}"#, &[], &at(3));
        }),
        tell("a write that saw it revives all", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let d = s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.write(Member, VISIT, r#"{"purpose":"b"}"#, &[d], &at(3));
        }),
        tell("restored", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let d = s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.write(Member, VISIT, r#"{"_deleted":false}"#, &[d], &at(3));
        }),
        tell("restored and deleted again", "The dots of what stands are enough to name.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let d = s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.write(Member, VISIT, r#"{"_deleted":false}"#, &[d], &at(3));
            s.write(Lead, VISIT, DELETE, &[a], &at(4));
        }),
        tell("two delete", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.write(Member, VISIT, DELETE, &[], &at(2));
        }),
        tell("a removal from a set need not be seen", "It holds no value, so nobody could name it.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a","companions":{"add":["zjedz.p.lead"]}}"#, &[], &at(1));
            s.write(Lead, VISIT, &format!(r#"{{"companions":{{"remove":[["zjedz.p.lead",["{a}"]]]}}}}"#), &[a], &at(2));
            s.write(Member, VISIT, DELETE, &[], &at(3));
        }),
        tell("a deletion that writes as well", "Its own value need not be seen by itself, but by another.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, r#"{"_deleted":true,"note":"double"}"#, &[a], &at(2));
            s.write(Member, VISIT, DELETE, &[], &at(3));
        }),
        tell("an open conflict is not deleted away", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
            let b = s.write(InspectorB, FINDING, r#"{"severity":"grave"}"#, &[], &at(2));
            s.write(InspectorA, FINDING, DELETE, &[a, b], &at(3));
        }),
        tell("but by the office", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
            let b = s.write(InspectorB, FINDING, r#"{"severity":"grave"}"#, &[], &at(2));
            s.office(FINDING, DELETE, &[a, b]);
        }),
        tell("another's evidence", "", |s| {
            let id = fix(Member);
            let r = ["440811070201/presence", "fix", id.as_str()];
            let a = s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
            s.write(Lead, r, DELETE, &[a], &at(2));
        }),
        tell("one's own evidence", "", |s| {
            let id = fix(Member);
            let r = ["440811070201/presence", "fix", id.as_str()];
            s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
            s.write(Member, r, DELETE, &[], &at(2));
        }),
        tell("what the office approved", "", |s| {
            let a = s.write(Member, LEAVE, r#"{"reason":"a"}"#, &[], &at(1));
            let b = s.write(Town, LEAVE, r#"{"approval":"approved"}"#, &[a], &at(2));
            s.write(Member, LEAVE, DELETE, &[b], &at(3));
        }),
        tell("a deletion that does not count", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, DELETE, &[a], &at(-1));
        }),
    ]
}

fn forks() -> Told {
    vec![
        tell("both branches count", "From the fork on an install sees only what it names.", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write_at(InspectorA, 2, FINDING, r#"{"title":"b"}"#, &[], &at(2));
            s.write_at(InspectorA, 2, FINDING, r#"{"title":"c"}"#, &[], &at(3));
            s.write_at(InspectorA, 3, FINDING, r#"{"title":"d"}"#, &[], &at(4));
        }),
        tell("a branch that names its own", "", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let b = s.write_at(InspectorA, 2, FINDING, r#"{"title":"b"}"#, &[], &at(2));
            s.write_at(InspectorA, 2, VISIT, r#"{"note":"c"}"#, &[], &at(3));
            s.write_at(InspectorA, 3, FINDING, r#"{"title":"d"}"#, &[b], &at(4));
        }),
        tell("the same line twice is no fork", "", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
        }),
        tell("a blank and its line are no fork", "", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let line = s.lines[0].bytes.clone();
            s.bytes_at(InspectorA, 1, &blank_line(&sha256(&[&line])));
        }),
        tell("a blank and another line are", "", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.bytes_at(InspectorA, 1, &blank_line(&sha256(&[b"another"])));
        }),
        tell("an unreadable line is a content too", "", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.bytes_at(InspectorA, 1, b"\xff");
        }),
        tell(
            "operations that saw each other",
            "Seq 1 of A names one of B that names seq 2 of A. Neither replaces the other.",
            |s| {
                let second = s.write_at(InspectorA, 2, FINDING, r#"{"title":"second"}"#, &[], &at(2));
                let b = s.write_at(InspectorB, 1, FINDING, r#"{"title":"other"}"#, &[second], &at(3));
                s.write_at(InspectorA, 1, FINDING, r#"{"title":"first"}"#, &[b], &at(1));
            },
        ),
        tell("and one that saw them all", "It replaces all three, though it names only one.", |s| {
            let second = s.write_at(InspectorA, 2, FINDING, r#"{"title":"second"}"#, &[], &at(2));
            let b = s.write_at(InspectorB, 1, FINDING, r#"{"title":"other"}"#, &[second], &at(3));
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"first"}"#, &[b], &at(1));
            s.write_at(Office, 1, FINDING, r#"{"title":"last"}"#, &[b], &at(0));
        }),
    ]
}

fn templates() -> Told {
    let tpl = |n: u8| format!(r#","tpl":"t@{n}""#);
    let publish = |s: &mut Story, version: u32| {
        s.office(["zjedz/roster", "checklist_template", &format!("t@{version}")], &values_template(version), &[]);
    };
    let of = move |s: &mut Story, who: Who, n: u8, fields: &str, minute: i64| {
        let id = response();
        s.write_with(who, ["440811070201/inspection", "response", &id], fields, &[], &at(minute), &tpl(n))
    };
    vec![
        tell("two inspectors fill one checklist", "A score is reviewed.", move |s| {
            of(s, InspectorA, 1, r#"{"i.score":3,"i.text":"a"}"#, 1);
            of(s, InspectorB, 1, r#"{"i.score":4,"note":"b"}"#, 2);
        }),
        tell("no template named", "", |s| {
            let id = response();
            s.write(InspectorA, ["440811070201/inspection", "response", &id], "{}", &[], &at(1));
        }),
        tell("a template not known", "Held before the schema.", move |s| {
            of(s, InspectorA, 2, r#"{"i.score":99,"note":7}"#, 1);
        }),
        tell("an answer the template does not take", "", move |s| {
            of(s, InspectorA, 1, r#"{"i.score":99}"#, 1);
        }),
        tell("an answer to no item", "Kept like any unknown field.", move |s| {
            of(s, InspectorA, 1, r#"{"i.zz":99}"#, 1);
        }),
        tell(
            "two versions",
            "The newest named by an operation that counts gives the policies: the score is not reviewed in it.",
            move |s| {
                publish(s, 2);
                of(s, InspectorA, 1, r#"{"i.score":3}"#, 1);
                of(s, InspectorB, 2, r#"{"i.score":4}"#, 2);
            },
        ),
        tell("version 10 is newer than 9", "", move |s| {
            for version in [9, 10] {
                let template = values_template(if version == 9 { 1 } else { 2 });
                let template =
                    template.replace(r#""version":1"#, r#""version":9"#).replace(r#""version":2"#, r#""version":10"#);
                s.office(["zjedz/roster", "checklist_template", &format!("t@{version}")], &template, &[]);
            }
            of(s, InspectorA, 9, r#"{"i.score":3}"#, 1);
            of(s, InspectorB, 10, r#"{"i.score":4}"#, 2);
        }),
        tell(
            "an item that became a set",
            "A text that is no set write is not lost: all are single values.",
            move |s| {
                publish(s, 2);
                of(s, InspectorA, 1, r#"{"i.pic":"none taken"}"#, 1);
                of(s, InspectorB, 2, &format!(r#"{{"i.pic":{{"add":["{}"]}}}}"#, "1".repeat(64)), 2);
            },
        ),
        tell("a template under another's name", "The record of t@3 says version 1: it is no template.", move |s| {
            s.office(["zjedz/roster", "checklist_template", "t@3"], &values_template(1), &[]);
            of(s, InspectorA, 3, "{}", 1);
        }),
        tell("tpl in another kind", "Ignored.", |s| {
            s.write_with(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1), r#","tpl":"t@1""#);
        }),
    ]
}

fn standing() -> Told {
    vec![
        tell("the worst of its fields", "", |s| {
            s.write(InspectorA, FINDING, r#"{"severity":"minor","title":"a","text":"x"}"#, &[], &at(1));
            s.write(Office, FINDING, r#"{"severity":"grave","title":"b"}"#, &[], &at(0));
        }),
        tell("of equals the first field by name", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a","text":"x"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &at(2));
            s.write(Office, FINDING, r#"{"text":"y"}"#, &[], &at(0));
        }),
        tell("a line without fields", "Applied, and nothing of it stands.", |s| {
            s.write(Member, VISIT, "{}", &[], &at(1));
        }),
        tell("a digest is a sum", "Three records of one scope, in any order.", |s| {
            for id in ["a", "b", "c"] {
                s.write(Member, ["440811070201/presence", "visit", id], &format!(r#"{{"note":"{id}"}}"#), &[], &at(1));
            }
        }),
        tell("values are fed verbatim", "White space and escapes within a value, and names that need them.", |s| {
            s.write(Member, VISIT, r#"{"zz":{ "b" : 1.50,"a":"\u0061" },"quote\" and \n":1}"#, &[], &at(1));
        }),
    ]
}
