//! Corrected time (section 6): the last element of each entry of `by`.

use sync_protocol::testing::worlds::cast::START;

use super::{Told, drop_dot, tell};
use crate::story::{FINDING, Who::*, adrift, at};

pub fn told() -> Told {
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
