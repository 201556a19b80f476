//! The stories of a recording, in the order in which they are told.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use serde_json::{Value, json};
use sync_protocol::{
    Hash, chain,
    courier::{self, Label},
    ids::sha256,
    push,
    testing::worlds::{
        World,
        cast::{Cast, VILLAGE, key},
    },
};

use super::{
    EPOCH, FORKED, INSPECTOR, MEMBER, OFFICE, SECOND, STRANGER, Studio, TOWN, get, inspection, install, line, locked,
    member, post, presence, pushed, story, text, with,
};
use crate::tape::{Bytes, Exchange, Request, Step, Story};

impl Studio {
    pub(super) fn begin(&mut self) -> Story {
        let server = &Cast::get().server_install;
        let mut lines: Vec<Vec<u8>> = World::make(&[]).lines.into_iter().map(|l| l.bytes).collect();
        let by = r#","by":"zjedz.p.office","as":"office""#;
        let (stranger, certificate) =
            (install(STRANGER), json!({"certificate": install(STRANGER).certificate}).to_string());
        let own = format!("{}/own", stranger.person);
        lines.push(line(&own, "enrolment", &stranger.id.to_string(), by, &certificate));
        lines.push(line("zjedz/roster", "person", "zjedz.p.newcomer", by, r#"{"name":"新人"}"#));
        let genesis = chain::genesis(server.id);
        let header = push::header(server.id, 1, &genesis, None, Some(server.certificate.clone()));
        let body = push::make(&header, &genesis, &lines, &server.key).body;
        let sent = self.send_all([pushed(&body, None), get("/v1/keys", "")]);
        story(
            "begin",
            "The server's own lines: enrolments, rights, a district, a checklist. Then its keys.",
            vec![sent],
        )
    }

    pub(super) fn enrolment(&mut self) -> Story {
        // A phone is known from its first push on, whose header shows its certificate.
        let first = self.made(OFFICE, &[br#"{"k":"time","t":{"w":315532800000}}"#.to_vec()]);
        let mut said = vec![self.send(pushed(&first, None))];
        let (signed_in, token) = self.sign_in(OFFICE);
        said.extend(signed_in);
        let coded = self.send(post("/v1/enrolment-codes", &token, &json!({"person": "zjedz.p.newcomer"})));
        let code = member(&coded, "code");
        said.push(coded);
        let ask = |code: &str, name: &str| {
            post("/v1/enrolments", "", &json!({"code": code, "key": key(name).public().text()}))
        };
        let asks =
            [ask(&code, "newcomer"), ask(&code, "newcomer"), ask(&code, "another"), ask("NO-SUCH-CODE", "newcomer")];
        said.extend(asks.map(|ask| self.send(ask)));
        let about = "A code, a phone enrols with it, asks again, another tries the same code, a code of none.";
        story("enrolment", about, vec![Step::Sent(said)])
    }

    pub(super) fn pushes(&mut self) -> Story {
        let lost = sha256(&[b"a line whose bytes were lost"]);
        let household = |fields: &str| line(&format!("{VILLAGE}/household"), "household", "h-1", "", fields);
        let plain = self.made(
            INSPECTOR,
            &[
                household(r#"{"name":"陈某","notes":"屋顶漏雨","seq_zz":1}"#),
                inspection("visit", "v-1", "", r#"{"purpose":"抽查","weather_zz":{"b" : 1.0,"a":[]}}"#),
                br#"{"k":"time","t":{"w":315532800000}}"#.to_vec(),
            ],
        );
        let packed = self.made(
            INSPECTOR,
            &[
                inspection("drone_flight", "d-1", "", r#"{"minutes":12}"#),
                inspection("finding", "f-9", r#","v":99"#, r#"{"title":"来自更新的应用"}"#),
                inspection("finding", "f-1", "", r#"{"severity":"terrible"}"#),
                b"hello".to_vec(),
                chain::blank_line(&lost),
            ],
        );
        let response = sync_protocol::schema::derived_id("response", &["v-1", "t"]);
        let zstd = self.made(
            INSPECTOR,
            &[
                inspection("response", &response, r#","tpl":"t@1""#, r#"{"i.score":7,"i.text":"常在村"}"#),
                inspection("response", &response, r#","tpl":"t@77""#, r#"{"i.score":7}"#),
                line("440811173202/inspection", "finding", "f-2", "", r#"{"title":"另一镇"}"#),
                line("zjedz.p.member/own", "leave", "l-1", "", r#"{"reason":"不是我的"}"#),
            ],
        );
        let requests = [
            pushed(&plain, None),
            pushed(&packed, Some("gzip")),
            pushed(&zstd, Some("zstd")),
            // The answer was lost, and the phone sends again.
            pushed(&zstd, Some("zstd")),
            pushed(&plain, Some("gzip")),
        ];
        let about = "Plain, gzip, zstd, and again: unknown fields, kinds, versions and templates, a line nobody can read, a blank.";
        let sent = self.send_all(requests);
        story("pushes", about, vec![sent])
    }

    pub(super) fn refusals(&mut self) -> Story {
        let of = install(INSPECTOR);
        let (seq, head) = self.tips[&INSPECTOR];
        let one = [inspection("visit", "v-2", "", "{}")];
        let made = |first: u64, head: &Hash, key| {
            push::make(&push::header(of.id, first, head, None, None), head, &one, key).body
        };
        let good = String::from_utf8(made(seq + 1, &head, &of.key)).expect("text");
        let unknown =
            push::make(&push::header(sync_protocol::InstallId([0xab; 16]), 1, &head, None, None), &head, &one, &of.key);
        let bodies = [
            made(seq + 9, &head, &of.key),
            made(2, &[7; 32], &of.key),
            made(seq + 1, &head, &key("another")),
            unknown.body,
            b"hello\nworld\n".to_vec(),
            good.replacen(r#""push":1"#, r#""push":2"#, 1).into_bytes(),
            good.lines().take(2).map(|l| format!("{l}\n")).collect::<String>().into_bytes(),
            good.replace("v-2", "v-3").into_bytes(),
            Vec::new(),
        ];
        let mut said: Vec<Exchange> = bodies.iter().map(|body| self.send(pushed(body, None))).collect();
        let mut garbled = pushed(good.as_bytes(), None);
        garbled.headers.insert("content-encoding".to_owned(), "zstd".to_owned());
        garbled.body = Bytes::of(good.as_bytes(), Some("zstd"));
        let (signed_in, token) = self.sign_in(INSPECTOR);
        said.extend(signed_in);
        let stranger = json!({"install": "ab".repeat(16)});
        let forged = json!({"receipts": [{"install": of.id, "from": 1, "to": 9, "head": "0".repeat(64), "at": 1, "epoch": EPOCH,
            "kid": "0".repeat(16), "sig": "AA"}]});
        let requests = [
            garbled,
            post("/v1/auth/token", "", &json!({"install": of.id, "nonce": "none", "sig": "AA"})),
            post("/v1/auth/nonce", "", &stranger),
            post("/v1/sync/pull", "", &json!({"cursor": null})),
            post("/v1/sync/pull", "not-a-token", &json!({"cursor": null})),
            post("/v1/sync/pull", &token, &json!({"cursor": "not a cursor"})),
            post("/v1/sync/pull", &token, &json!({"limit": 0})),
            post("/v1/sync/receipts", "", &forged),
            post("/v1/media/missing", &token, &json!({"hashes": ["0".repeat(64)]})),
            get(&format!("/v1/media/{}/receipt", "0".repeat(64)), &token),
            get("/v1/nowhere", &token),
        ];
        said.extend(requests.map(|request| self.send(request)));
        let mut nonsense = post("/v1/sync/pull", &token, &json!({}));
        nonsense.body = text(b"nonsense");
        said.push(self.send(nonsense));
        // Small on the way, and too large unpacked.
        said.push(self.send(pushed(&[b'x'; 25_000], Some("gzip"))));
        // A right that nobody gave, and a token that ran out.
        let first = self.made(STRANGER, &[inspection("visit", "v-s", "", "{}")]);
        said.push(self.send(pushed(&first, None)));
        let (signed_in, of_stranger) = self.sign_in(STRANGER);
        said.extend(signed_in);
        said.push(self.send(post("/v1/sync/pull", &of_stranger, &json!({"cursor": null}))));
        *locked(&self.now) += 86_400_000;
        said.push(self.send(post("/v1/sync/pull", &token, &json!({"cursor": null}))));
        story("refusals", "What is answered to what is wrong.", vec![Step::Sent(said)])
    }

    pub(super) fn fork(&mut self) -> Story {
        let clone = self.made(FORKED, &[inspection("visit", "v-clone", "", r#"{"note":"克隆的手机"}"#)]);
        let mut steps = vec![self.send_all([pushed(&clone, None)])];
        let (mut engine, phone) = self.engine(FORKED);
        self.write(&mut engine, &mut steps, inspection("visit", "v-own", "", r#"{"note":"原来的手机"}"#));
        steps.push(self.sync(&mut engine, "push", None));
        steps.push(Step::Shown(engine.shown()));
        steps.push(self.sync(&mut engine, "pull", None));
        steps.push(Step::Shown(engine.shown()));
        let about = "A phone that was cloned: both copies count, and it learns that it must enrol anew.";
        Story { phone: Some(phone), ..story("fork", about, steps) }
    }

    pub(super) fn push_and_pull(&mut self) -> Story {
        let (mut engine, phone) = self.engine(MEMBER);
        let mut steps = Vec::new();
        for line in [
            presence("visit", "v-7", "", r#"{"purpose":"入户","weather_zz":"多云"}"#),
            presence("work_log", "w-7", "", r#"{"text":"修水渠"}"#),
            b"hello".to_vec(),
            presence("drone_flight", "d-7", "", r#"{"minutes":12}"#),
        ] {
            self.write(&mut engine, &mut steps, line);
        }
        steps.push(self.sync(&mut engine, "push", None));
        steps.push(Step::Shown(engine.shown()));
        steps.push(self.sync(&mut engine, "pull", None));
        steps.push(Step::Shown(engine.shown()));
        let other = self.made(1, &[presence("visit", "v-7", "", r#"{"purpose":"开会"}"#)]);
        steps.push(self.send_all([pushed(&other, None)]));
        steps.push(self.sync(&mut engine, "pull", None));
        steps.push(Step::Shown(engine.shown()));
        let about = "A phone pushes, pulls in pages to a checkpoint, and pulls again after another wrote.";
        Story { phone: Some(phone), ..story("push-and-pull", about, steps) }
    }

    pub(super) fn cut_and_photos(&mut self) -> Story {
        let (mut engine, phone) = self.engine(SECOND);
        let mut steps = Vec::new();
        let photo: Vec<u8> = [b"\xff\xd8\xff\xe0".as_slice(), &sha256(&[b"a small photo"])].concat();
        let hash = hex::encode(sha256(&[&photo]));
        let fields = format!(r#"{{"sha256":"{hash}","size":{},"media_type":"image/jpeg"}}"#, photo.len());
        self.write(&mut engine, &mut steps, inspection("visit", "v-8", "", "{}"));
        self.write(&mut engine, &mut steps, inspection("photo", &format!("{}.p", install(SECOND).id), "", &fields));
        engine.photo(&photo);
        steps.push(Step::Photo(text(&photo)));
        steps.push(self.sync(&mut engine, "push", Some(60)));
        steps.push(Step::Shown(engine.shown()));
        steps.push(self.sync(&mut engine, "media", None));
        steps.push(Step::Shown(engine.shown()));
        let about = "A push is cut on the way and goes again; then a photo goes by tus, and its receipt comes.";
        Story { phone: Some(phone), ..story("cut-and-photos", about, steps) }
    }

    pub(super) fn uploads(&mut self) -> Story {
        let photo = sha256(&[b"a photo that is interrupted"]);
        let hash = hex::encode(sha256(&[&photo]));
        let wrong = hex::encode(sha256(&[b"another"]));
        let promise = |id: &str, sha256: &str| {
            let id = format!("{}.{id}", install(INSPECTOR).id);
            inspection("photo", &id, "", &format!(r#"{{"sha256":"{sha256}","size":32,"media_type":"image/jpeg"}}"#))
        };
        let promises = self.made(INSPECTOR, &[promise("p-1", &hash), promise("p-2", &wrong)]);
        let mut said = vec![self.send(pushed(&promises, None))];
        let (signed_in, token) = self.sign_in(INSPECTOR);
        said.extend(signed_in);
        let tus = |method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]| {
            let mut request = get(target, &token);
            request.headers.extend(with(headers));
            request.headers.insert("tus-resumable".to_owned(), "1.0.0".to_owned());
            Request { method: method.to_owned(), body: text(body), ..request }
        };
        let create = |hash: &str, length: &str| {
            let metadata = format!("sha256 {}", B64.encode(hash));
            tus("POST", "/v1/media/uploads", &[("upload-length", length), ("upload-metadata", &metadata)], b"")
        };
        let part = |target: &str, offset: &str, body: &[u8]| {
            let headers = [("upload-offset", offset), ("content-type", "application/offset+octet-stream")];
            tus("PATCH", target, &headers, body)
        };
        let created = self.send(create(&hash, "32"));
        let at = created.answer.headers["location"].clone();
        said.push(created);
        let ask = || post("/v1/media/missing", &token, &json!({"hashes": [hash]}));
        let interrupted = [
            part(&at, "0", &photo[..20]),
            tus("HEAD", &at, &[], b""),
            ask(),
            part(&at, "5", &photo[5..]),
            part(&at, "20", &photo[20..]),
            ask(),
            get(&format!("/v1/media/{hash}/receipt"), &token),
        ];
        said.extend(interrupted.map(|request| self.send(request)));
        let created = self.send(create(&wrong, "32"));
        let at = created.answer.headers["location"].clone();
        said.push(created);
        let refused = [
            part(&at, "0", &photo),
            tus("HEAD", &at, &[], b""),
            create(&"0".repeat(64), "32"),
            create(&hash, "0"),
            create("no hash", "32"),
        ];
        said.extend(refused.map(|request| self.send(request)));
        let about =
            "An upload is interrupted and goes on; bytes that are not those promised; uploads that nobody promised.";
        story("uploads", about, vec![Step::Sent(said)])
    }

    pub(super) fn events(&mut self) -> Story {
        let (mut said, token) = self.sign_in(INSPECTOR);
        said.push(self.send(get("/v1/sync/events", &token)));
        let ticketed = self.send(post("/v1/sync/events/ticket", &token, &json!({})));
        let ticket = member(&ticketed, "ticket");
        said.push(ticketed);
        let mut listening = get(&format!("/v1/sync/events?ticket={ticket}"), "");
        listening.headers.clear();
        said.push(self.send(listening));
        story("events", "The beginning of the stream of events, by token and by ticket.", vec![Step::Sent(said)])
    }

    pub(super) fn courier(&mut self) -> Story {
        let (mut engine, phone) = self.engine(TOWN);
        let mut steps = Vec::new();
        self.write(&mut engine, &mut steps, presence("visit", "v-9", "", r#"{"note":"由同事带走"}"#));
        let (mut answers, mut said) = (Vec::new(), Vec::new());
        for part in courier::read(&engine.courier()[..]) {
            let exchange = self.send(pushed(&part.expect("a push").1, None));
            let answer = exchange.answer.body.wire();
            let label =
                Label { install: Some(install(TOWN).id), status: Some(exchange.answer.status), ..Label::default() };
            courier::add(&mut answers, &label, &answer);
            answers.push(b'\n');
            said.push(exchange);
        }
        let answer: Value = serde_json::from_str(&said[0].answer.body.text).expect("an answer");
        said.push(self.send(post("/v1/sync/receipts", "", &json!({"receipts": [answer["receipt"]]}))));
        engine.answers(&answers);
        steps.extend([Step::Sent(said), Step::Answers(text(&answers)), Step::Shown(engine.shown())]);
        let about = "A colleague carries a phone's pushes, and brings the answers back in a file.";
        Story { phone: Some(phone), ..story("courier", about, steps) }
    }
}
