//! Which bytes are an operation, a time line, a blank, or unreadable (section 3).

use sync_protocol::{chain::blank_line, ids::sha256};

use super::{Told, drop_dot, tell};
use crate::story::{VISIT, Who::*, at};

pub fn told() -> Told {
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
