//! A phone's way in, from the code to the token. What the office decided before is put into the tables as the committer would.

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait as _, IntoActiveModel as _};
use sync_protocol::{
    RecordKey,
    sign::{PrivateKey, Purpose},
};

use super::{enrolment::enrol, phones, wire::*, *};
use crate::{
    app::{self, App, now_ms, random_bytes},
    config::Config,
    error::ErrorCode,
    storage::{
        entities::{install, record, ruling},
        rows,
    },
};

const OFFICE: &str = "zjedz.p.office";
const LI: &str = "zjedz.p.li";

struct World {
    app: App,
    _folder: tempfile::TempDir,
}

impl World {
    /// A district with someone who runs it, and Li.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = app::start(Config::in_folder(folder.path())).await.unwrap().app;
        let world = Self { app, _folder: folder };
        let grant = serde_json::json!({"person": OFFICE, "role": "office", "place": "zjedz", "from": 0});
        world.rule(&format!("{OFFICE}/own"), "grant", "g", grant, Some(OFFICE), None).await;
        let key = RecordKey::of("zjedz/roster", "person", LI).0.to_vec();
        let text = str::to_owned;
        let person = record::Model {
            key,
            scope: text("zjedz/roster"),
            kind: text("person"),
            id: text(LI),
            pos: 1,
            body: text("{}"),
            empty: false,
            derived: false,
        };
        let tx = world.app.db.begin().await.unwrap();
        rows::insert::<record::Entity>(&tx, vec![person]).await.unwrap();
        tx.commit().await.unwrap();
        world
    }

    async fn rule(
        &self,
        scope: &str,
        kind: &str,
        id: &str,
        fields: serde_json::Value,
        person: Option<&str>,
        of: Option<&[u8]>,
    ) {
        let row = ruling::Model {
            record: RecordKey::of(scope, kind, id).0.to_vec(),
            scope: scope.to_owned(),
            kind: kind.to_owned(),
            id: id.to_owned(),
            person: person.map(str::to_owned),
            install: of.map(<[u8]>::to_vec),
            fields: fields.to_string(),
        };
        let tx = self.app.db.begin().await.unwrap();
        rows::upsert::<ruling::Entity>(&tx, vec![row]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn code(&self) -> Code {
        let office = store::principal(&self.app.db, OFFICE, None, now_ms()).await.unwrap();
        enrolment::make_code(&self.app, &office, LI).await.unwrap()
    }

    async fn enrol(&self, code: &str, key: &PrivateKey) -> Result<Enrolled, ErrorCode> {
        let asked = Enrol { code: code.to_owned(), key: key.public().text(), app: Some("测试 1.0".to_owned()) };
        enrol(&self.app, &asked).await.map_err(|p| p.code)
    }

    /// An enrolled phone, its enrolment with these fields.
    async fn phone(&self, key: &PrivateKey, fields: serde_json::Value) -> sync_protocol::InstallId {
        let install = self.enrol(&self.code().await.code, key).await.unwrap().install;
        self.rule(&format!("{LI}/own"), "enrolment", &install.to_string(), fields, None, Some(&install.0)).await;
        install
    }

    async fn sign_in(&self, install: sync_protocol::InstallId, key: &PrivateKey) -> Result<Token, ErrorCode> {
        let nonce = phones::nonce(&self.app, install).nonce;
        let sig = key.sign(Purpose::SignIn, &[&install.to_string(), &nonce]);
        phones::token(&self.app, &SignedNonce { install, nonce, sig }).await.map_err(|p| p.code)
    }
}

fn key() -> PrivateKey {
    PrivateKey::from_bytes(&random_bytes()).unwrap()
}

#[tokio::test]
async fn the_same_code_and_key_give_the_same_install_for_ever() {
    let world = World::new().await;
    let (code, phone) = (world.code().await.code, key());
    let typed = code.to_lowercase();
    let (first, second) = tokio::join!(world.enrol(&code, &phone), world.enrol(&typed, &phone));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.certificate, second.certificate);
    assert_eq!((first.person.as_str(), first.epoch.clone()), (LI, world.app.keys.epoch()));
    assert!(first.certificate.is_valid(&world.app.keys.public));
    assert_eq!(world.enrol(&code, &key()).await.unwrap_err(), ErrorCode::CodeUsed);
    let row = store::install(&world.app.db, first.install).await.unwrap().unwrap();
    assert_eq!((row.tip_seq, row.tip_head.as_slice()), (0, sync_protocol::chain::genesis(first.install).as_slice()));
    assert!(!row.server);
}

#[tokio::test]
async fn a_code_that_is_unknown_or_expired_or_whose_maker_lost_the_right_enrols_nobody() {
    let world = World::new().await;
    assert_eq!(world.enrol("0000-0000-0000", &key()).await.unwrap_err(), ErrorCode::CodeInvalid);
    let code = world.code().await.code;
    let tx = world.app.db.begin().await.unwrap();
    tx.execute_unprepared("UPDATE enrolment_code SET expires_ms = 1").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.enrol(&code, &key()).await.unwrap_err(), ErrorCode::CodeInvalid);
    let code = world.code().await.code;
    let ended = serde_json::json!({"person": OFFICE, "role": "office", "place": "zjedz", "from": 0, "to": 1});
    world.rule(&format!("{OFFICE}/own"), "grant", "g", ended, Some(OFFICE), None).await;
    assert_eq!(world.enrol(&code, &key()).await.unwrap_err(), ErrorCode::CodeInvalid);
}

#[tokio::test]
async fn only_who_runs_the_district_makes_codes_and_only_for_people_there_are() {
    let world = World::new().await;
    let li = store::principal(&world.app.db, LI, None, now_ms()).await.unwrap();
    let office = store::principal(&world.app.db, OFFICE, None, now_ms()).await.unwrap();
    for (who, person, code) in [
        (&li, LI, ErrorCode::Forbidden),
        (&office, "other.p.li", ErrorCode::Forbidden),
        (&office, "zjedz.p.nobody", ErrorCode::NotFound),
        (&office, "zjedz", ErrorCode::BadRequest),
    ] {
        assert_eq!(enrolment::make_code(&world.app, who, person).await.err().map(|p| p.code), Some(code), "{person}");
    }
}

#[tokio::test]
async fn a_phone_signs_in_with_its_own_key_and_once_closed_reads_nothing() {
    let world = World::new().await;
    let phone = key();
    let install = world.phone(&phone, serde_json::json!({})).await;
    let token = world.sign_in(install, &phone).await.unwrap();
    let claims = tokens::verify(&world.app.keys.token.public(), &token.token, tokens::Audience::Api, now_ms()).unwrap();
    assert_eq!((claims.sub.as_str(), claims.inst), (LI, Some(install)));
    assert_eq!(world.sign_in(install, &key()).await.unwrap_err(), ErrorCode::BadSignature);
    let unknown = sync_protocol::InstallId([9; 16]);
    assert_eq!(world.sign_in(unknown, &phone).await.unwrap_err(), ErrorCode::UnknownInstall);
    // A nonce given to another install does not serve.
    let nonce = phones::nonce(&world.app, unknown).nonce;
    let sig = phone.sign(Purpose::SignIn, &[&install.to_string(), &nonce]);
    let other = phones::token(&world.app, &SignedNonce { install, nonce, sig }).await.unwrap_err();
    assert_eq!(other.code, ErrorCode::NonceInvalid);

    let row = store::install(&world.app.db, install).await.unwrap().unwrap();
    let forked = install::ActiveModel { fork_seq: Set(Some(3)), ..row.into_active_model() };
    let tx = world.app.db.begin().await.unwrap();
    forked.update(&tx).await.unwrap();
    tx.commit().await.unwrap();
    // What was captured before still drains (P9): a token there is, to send photos with.
    assert_eq!(world.sign_in(install, &phone).await.unwrap().closed.as_deref(), Some("it forked"));
    let ended = world.phone(&phone, serde_json::json!({"ended": 1})).await;
    assert_eq!(world.sign_in(ended, &phone).await.unwrap().closed.as_deref(), Some("it ended"));
    for closed in [install, ended] {
        let who = store::principal(&world.app.db, LI, Some(closed), now_ms()).await.unwrap();
        assert!(who.rights.is_empty() && who.scopes().is_empty() && !who.may_read(&format!("{LI}/own")));
    }
}

#[tokio::test]
async fn the_office_sees_the_phones_it_runs_and_no_others() {
    let world = World::new().await;
    let install = world.phone(&key(), serde_json::json!({"app": "测试"})).await;
    world.rule("other.p.x/own", "enrolment", "other", serde_json::json!({}), None, Some(&[1; 16])).await;
    let office = store::principal(&world.app.db, OFFICE, None, now_ms()).await.unwrap();
    let list = revocation::list(&world.app, &office, 10).await.unwrap();
    assert_eq!(list.iter().map(|i| i.install.clone()).collect::<Vec<_>>(), [install.to_string()]);
    assert_eq!((list[0].person.as_str(), list[0].tip_seq), (LI, Some(0)));
    let li = store::principal(&world.app.db, LI, None, now_ms()).await.unwrap();
    assert!(revocation::list(&world.app, &li, 10).await.unwrap().is_empty());
    let refused = revocation::end(&world.app, &li, install, &End::default()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
}
