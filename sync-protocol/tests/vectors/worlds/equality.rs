//! When values are equal (section 8).

use super::{Told, tell};
use crate::story::{VISIT, Who::*, at};

pub fn told() -> Told {
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
