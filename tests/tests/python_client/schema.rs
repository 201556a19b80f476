//! What the schema takes: every field of every kind, and every part of a checklist, with values that fit and values that do not.

use mobile_schema::{KindSpec, kinds::KINDS, spec::IdRule};
use sync_protocol::{
    testing::worlds::{World, cast::Cast},
    world::{self, Placed},
};
use zhucun_tests::python;

use crate::rules::{folder, write_case};

/// Values that some type takes, and some that look like it.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "1.0",
    "1e0",
    "1e2",
    "0.5",
    "90",
    "90.1",
    "-90.5",
    "180",
    "181",
    "20000.5",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "123456789012345678901234567890",
    "1e999",
    "1E-400",
    r#""""#,
    r#"" ""#,
    r#""a""#,
    r#""\u0061""#,
    r#""office""#,
    r#""grave""#,
    r#""wgs84""#,
    r#""member""#,
    r#""phone""#,
    r#""accept""#,
    r#""2026-02-28""#,
    r#""2026-02-29""#,
    r#""2024-02-29""#,
    r#""0000-01-01""#,
    r#""2026-1-01""#,
    r#""20260101""#,
    r#""2026-W01-1""#,
    r#""440811070201""#,
    r#""440811070""#,
    r#""44081107""#,
    r#""44""#,
    r#""zjedz""#,
    r#""Zjedz""#,
    r#""zjedz.p.member""#,
    r#""zjedz.u.school""#,
    r#""zjedz.p.""#,
    r#""zjedz.x.a""#,
    r#""zjedz.p.a\n""#,
    r#""zjedz\n""#,
    r#""9f86d081884c7d659a2feaa0c55ad015:17:2c26b46b68ffc68f""#,
    r#""9f86d081884c7d659a2feaa0c55ad015:017:2c26b46b68ffc68f""#,
    r#""9f86d081884c7d659a2feaa0c55ad015:9007199254740993:2c26b46b68ffc68f""#,
    r#""2c26b46b68ffc68f2c26b46b68ffc68f2c26b46b68ffc68f2c26b46b68ffc68f""#,
    r#""2C26b46b68ffc68f2c26b46b68ffc68f2c26b46b68ffc68f2c26b46b68ffc68f""#,
    "[]",
    "{}",
    "[[],[]]",
    r#"["a"]"#,
    r#"["a",1]"#,
    r#"{"add":[]}"#,
    r#"{"add":["a"]}"#,
    r#"{"add":[1]}"#,
    r#"{"add":null}"#,
    r#"{"add":["a"],"add":["b"]}"#,
    r#"{"add":["zjedz.p.member"],"zz":1,"zz":2}"#,
    r#"{"remove":["a"]}"#,
    r#"{"remove":[["a"]]}"#,
    r#"{"remove":[["a",[]]]}"#,
    r#"{"remove":[["a",[],[]]]}"#,
    r#"{"remove":[["a",["b"]]]}"#,
    r#"{"remove":[["a",[1]]]}"#,
    r#"{"remove":[["a",["9f86d081884c7d659a2feaa0c55ad015:17:2c26b46b68ffc68f"]]]}"#,
    r#"{"type":"Circle","coordinates":[110.4,21],"radius_m":500}"#,
    r#"{"type":"Circle","coordinates":[110.4,21],"radius_m":0}"#,
    r#"{"type":"Circle","coordinates":[110.4,21],"radius_m":50000.1}"#,
    r#"{"type":"Circle","coordinates":[21,110.4],"radius_m":5}"#,
    r#"{"type":"Circle","coordinates":[110.4,21]}"#,
    r#"{"type":"Point","coordinates":[110.4,21]}"#,
    r#"{"type":"Polygon","coordinates":[[[110,21],[110,22],[111,22],[110,21]]]}"#,
    r#"{"type":"Polygon","coordinates":[[[110,21],[110,22],[111,22],[110,21,7]]]}"#,
    r#"{"type":"Polygon","coordinates":[[[110,21],[110,22],[111,22],[111,21]]]}"#,
    r#"{"type":"Polygon","coordinates":[[[110,21],[110,22],[110,21]]]}"#,
    r#"{"type":"Polygon","coordinates":[]}"#,
    r#"{"type":"MultiPolygon","coordinates":[[[[110,21],[110,22],[111,22],[110.0,21]]]]}"#,
    r#"{"type":"MultiPolygon","coordinates":[[]]}"#,
];

/// A sound checklist of all types; each pair puts something else in its place.
const CHECKLIST: &str = r#"{"key":"all","version":1,"title":"T","sections":[{"title":"S","items":[
 {"key":"yes","type":"yes_no","label":"L","weight":2},
 {"key":"why","type":"choice","label":"L","when":{"item":"yes","is":false},"options":[{"key":"a","label":"A"},{"key":"b","label":"B"}]},
 {"key":"count","type":"number","label":"L","min":0,"max":20,"review":true},
 {"key":"points","type":"score","label":"L","max":10},
 {"key":"words","type":"text","label":"L","max":5},
 {"key":"pic","type":"photo","label":"L"}]}]}"#;

const CHANGES: &[(&str, &str)] = &[
    ("zz", "zz"),
    (r#""key":"all""#, r#""key":"All""#),
    (r#""title":"T""#, r#""title":" ""#),
    (r#""title":"S""#, r#""title":null"#),
    (r#""title":"T""#, r#""title":"T","title_en":null"#),
    (r#""title":"T""#, r#""title":"T","zz":null"#),
    (r#""weight":2"#, r#""weight":-1"#),
    (r#""weight":2"#, r#""weight":null"#),
    (r#""weight":2"#, r#""weight":"2""#),
    (r#""weight":2"#, r#""min":0"#),
    (r#""weight":2"#, r#""options":[]"#),
    (r#""weight":2"#, r#""options":[{"key":"a","label":"A"}]"#),
    (r#""weight":2"#, r#""label":"L""#),
    (r#""weight":2"#, r#""label_en":null"#),
    (r#""weight":2"#, r#""unit":7"#),
    (r#""is":false"#, r#""is":null"#),
    (r#""is":false"#, r#""is":0"#),
    (r#""is":false"#, r#""is":true,"zz":1"#),
    (r#","is":false"#, ""),
    (r#""item":"yes""#, r#""item":"count""#),
    (r#""item":"yes""#, r#""item":"why""#),
    (r#""key":"b""#, r#""key":"a""#),
    (r#""key":"b""#, r#""key":"B""#),
    (r#""label":"B""#, r#""label":"""#),
    (r#"{"key":"a","label":"A"},{"key":"b","label":"B"}"#, ""),
    (r#""min":0,"max":20"#, r#""min":21,"max":20"#),
    (r#""min":0,"max":20"#, r#""weight":1"#),
    (r#""min":0,"max":20"#, r#""weight":0"#),
    (r#""max":10"#, r#""min":10,"max":10"#),
    (r#""max":10"#, r#""min":-1,"max":10"#),
    (r#""max":10"#, r#""review":false"#),
    (r#""max":10"#, r#""max":10,"review":null"#),
    (r#""max":5"#, r#""max":0"#),
    (r#""max":5"#, r#""max":10001"#),
    (r#""max":5"#, r#""min":1,"max":5"#),
    (r#""max":5"#, r#""max":null"#),
    (r#""type":"photo","label":"L""#, r#""type":"photo","label":"L","review":true"#),
    (r#""type":"photo","label":"L""#, r#""type":"photo","label":"L","review":false"#),
    (r#""type":"photo""#, r#""type":"video""#),
    (r#""key":"pic""#, r#""key":"yes""#),
];

const ANSWERS: &[(&str, &[&str])] = &[
    ("yes", &["true", "null", "1", r#""yes""#]),
    ("why", &[r#""a""#, r#""c""#, "null", "1"]),
    ("count", &["20", "20.5", "-1", "1.5", r#""1""#, "null"]),
    ("points", &["10", "0", "-0.5", "11", "null"]),
    ("words", &[r#""五个字的话""#, r#""六个字的话了""#, "5", "null"]),
    ("pic", &["null", "[]", r#"{"add":[]}"#, r#"{"add":["a"]}"#]),
    ("other", &["null", r#"{"x":1}"#]),
];

/// Lines of the server's own install, whose rights nobody asks for: of them form and schema decide alone.
struct Writing(Vec<Placed>);

impl Writing {
    fn begin() -> (Self, World) {
        let world = World::make(&[]);
        (Self(world.lines.clone()), world)
    }

    fn write(&mut self, scope: &str, kind: &str, id: &str, rest: &str) {
        let (install, seq) = (Cast::get().server_install.id, self.0.len() as u64 + 1_000);
        let bytes =
            format!(r#"{{"s":"{scope}","k":"{kind}","id":"{id}",{rest},"t":{{"n":[1780278000000,0]}}}}"#).into_bytes();
        self.0.push(Placed { install, seq, bytes });
    }

    /// Python makes of them what the reference does. `least`: so many of them fit, and so many do not.
    async fn must_be_read_alike(self, world: &World, least: usize) {
        let folder = folder();
        write_case(folder.path(), "schema", &self.0, &world.servers);
        let folded = world::fold(&self.0, &world.servers);
        let fit = folded.standings.values().filter(|standing| standing.code.name() == "applied").count();
        assert!(fit > least && folded.standings.len() - fit > least, "{fit} of {} fit", folded.standings.len());
        python::vectors(Some(folder.path())).await.expect("Python says the same");
    }
}

fn id_of(kind: &KindSpec, n: usize) -> String {
    match kind.id {
        IdRule::Free => format!("n{n}"),
        IdRule::Own => format!("{}.{n}", "9".repeat(32)),
        IdRule::Derived => format!("00000000-0000-8000-8000-{n:012}"),
        IdRule::Dot => format!("{}:{}:{}", "9".repeat(32), n + 1, "a".repeat(16)),
    }
}

#[tokio::test]
async fn python_takes_and_refuses_what_the_schema_does_in_every_field() {
    let (mut writing, world) = Writing::begin();
    for kind in KINDS {
        let scope = format!("440811070201/{}", kind.lanes[0].lane.name());
        let fields = kind.fields.iter().map(|field| field.name).chain(["_deleted", "unknown"]);
        let tries = fields.flat_map(|field| VALUES.iter().map(move |value| (field, value)));
        for (n, (field, value)) in tries.enumerate() {
            writing.write(&scope, kind.name, &id_of(kind, n), &format!(r#""tpl":"t@1","f":{{"{field}":{value}}}"#));
        }
    }
    writing.must_be_read_alike(&world, 2_000).await;
}

#[tokio::test]
async fn python_takes_and_refuses_the_checklists_and_answers_that_the_reference_does() {
    let (mut writing, world) = Writing::begin();
    for (n, (old, new)) in CHANGES.iter().enumerate() {
        let name = format!("all-{n}");
        let changed =
            CHECKLIST.replace('\n', "").replacen(old, new, 1).replacen(r#""all""#, &format!(r#""{name}""#), 1);
        let id = format!("{name}@1");
        writing.write("zjedz/roster", "checklist_template", &id, &format!(r#""f":{changed}"#));
        let tries = ANSWERS.iter().flat_map(|(item, answers)| answers.iter().map(move |answer| (item, answer)));
        for (i, (item, answer)) in tries.enumerate() {
            let response = format!("00000000-0000-8000-8000-{:012}", n * 100 + i);
            let rest = format!(r#""tpl":"{id}","f":{{"i.{item}":{answer}}}"#);
            writing.write("440811070201/inspection", "response", &response, &rest);
        }
    }
    writing.must_be_read_alike(&world, 100).await;
}
