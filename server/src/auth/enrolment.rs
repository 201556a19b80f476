//! Codes, and phones that enrol with them (`PROTOCOL.md`, section 11).
//!
//! Two steps: the code is marked as used and the install made known in one transaction; then the enrolment is written as an operation.
//! Whoever comes again with the same code and key walks on from where it stopped, so a crash between them heals with the phone's retry.

use mobile_schema::{Place, Role};
use serde_json::{Map, json};
use sync_protocol::{
    InstallId,
    sign::{Certificate, InstallRole, PublicKey},
};

use super::{
    codes,
    principal::Principal,
    store,
    wire::{Code, Enrol, Enrolled},
};
use crate::{
    app::{App, now_ms, random_bytes},
    error::{ErrorCode, Problem},
    storage::entities::enrolment_code,
    sync::drafts::{Acting, Draft, Saw},
};

/// Makes a code for a person, in the name of one who runs the person's district.
pub async fn make_code(app: &App, maker: &Principal, person: &str) -> Result<Code, Problem> {
    let place = Place::parse(person).filter(Place::is_person);
    let place = place.ok_or_else(|| Problem::new(ErrorCode::BadRequest, "person: district.p.name"))?;
    let role = maker.office_over(&place)?;
    if !store::person_exists(&app.db, person).await? {
        return Err(Problem::new(ErrorCode::NotFound, format!("there is no person {person}")));
    }
    let code = codes::code(random_bytes());
    let expires_at = now_ms() + app.config.enrolment_code_ttl_s as i64 * 1000;
    let row = enrolment_code::Model {
        code_hash: codes::hash(&code).to_vec(),
        person: person.to_owned(),
        made_by: maker.person.clone(),
        made_as: role.name().to_owned(),
        expires_ms: expires_at,
        key: None,
        app: None,
        install: None,
    };
    store::add_code(&app.db, row).await?;
    let url = codes::url(&app.config.public_url, &code);
    Ok(Code { qr_svg: codes::svg(&url), code, expires_at, url })
}

/// Enrols a phone. The same code with the same key gives the same install for ever.
pub async fn enrol(app: &App, asked: &Enrol) -> Result<Enrolled, Problem> {
    let key = PublicKey::parse(&asked.key).ok_or(ErrorCode::BadKey)?;
    let name = asked.app.as_deref().map(short);
    let hash = codes::hash(&asked.code);
    let now = now_ms();
    let mut code = store::code(&app.db, &hash).await?.ok_or(ErrorCode::CodeInvalid)?;
    if code.install.is_none() {
        still_good(app, &code, now).await?;
        let install = InstallId(random_bytes());
        let certificate = Certificate::issue(&app.keys.signing, install, &code.person, &key, InstallRole::Phone, now);
        code = store::use_code(&app.db, &hash, name.as_deref(), &certificate).await?.ok_or(ErrorCode::CodeInvalid)?;
    }
    if code.key.as_deref() != Some(key.text().as_str()) {
        return Err(ErrorCode::CodeUsed.into());
    }
    let install = code.install.as_deref().and_then(|id| id.try_into().ok()).map(InstallId);
    let install = install.ok_or_else(|| Problem::internal(anyhow::anyhow!("a used code without an install")))?;
    let known = store::install(&app.db, install).await?;
    let known = known.ok_or_else(|| Problem::internal(anyhow::anyhow!("install {install} is not there")))?;
    let certificate: Certificate = serde_json::from_str(&known.certificate).map_err(Problem::internal)?;
    if store::enrolment(&app.db, install).await?.is_none() {
        let maker = Role::parse(&code.made_as).ok_or_else(|| Problem::internal(anyhow::anyhow!("role of a code")))?;
        let acting = Acting { person: code.made_by, role: maker };
        app.committer.write(&acting, vec![draft(&certificate, code.app.as_deref())]).await?;
    }
    let (keys, epoch) = (app.keys.published(), app.keys.epoch());
    Ok(Enrolled { install, person: certificate.person.clone(), certificate, keys, epoch, now: now_ms() })
}

/// A code holds until it expires, and while who made it still runs the person's district.
async fn still_good(app: &App, code: &enrolment_code::Model, now_ms: i64) -> Result<(), Problem> {
    let maker = store::principal(&app.db, &code.made_by, None, now_ms).await?;
    let person = Place::parse(&code.person);
    let allowed = person.is_some_and(|p| maker.office_over(&p).is_ok());
    if now_ms < code.expires_ms && allowed { Ok(()) } else { Err(ErrorCode::CodeInvalid.into()) }
}

fn draft(certificate: &Certificate, app: Option<&str>) -> Draft {
    let mut fields = Map::new();
    fields.insert("person".into(), json!(certificate.person));
    fields.insert("role".into(), json!("phone"));
    fields.insert("key".into(), json!(certificate.key));
    fields.insert("certificate".into(), json!(certificate));
    if let Some(app) = app {
        fields.insert("app".into(), json!(app));
    }
    let scope = format!("{}/own", certificate.person);
    Draft { scope, kind: "enrolment", id: certificate.install.to_string(), fields, saw: Saw::Current, tpl: None }
}

/// A name as the schema takes it: an app that says too much of itself enrols all the same.
fn short(app: &str) -> String {
    app.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_protocol::sign::PrivateKey;

    #[test]
    fn the_enrolment_as_written_is_what_judging_takes() {
        let server = PrivateKey::from_bytes(&[1; 32]).unwrap();
        let phone = PrivateKey::from_bytes(&[2; 32]).unwrap();
        let certificate =
            Certificate::issue(&server, InstallId([3; 16]), "zjedz.p.li", &phone.public(), InstallRole::Phone, 1000);
        let draft = draft(&certificate, Some(&short(&"app ".repeat(100))));
        let spec = mobile_schema::kind(draft.kind).unwrap();
        let raw: std::collections::BTreeMap<String, Box<serde_json::value::RawValue>> =
            serde_json::from_str(&serde_json::to_string(&draft.fields).unwrap()).unwrap();
        assert_eq!(spec.check(raw.iter().map(|(name, value)| (name.as_str(), &**value))), []);
        let fields = serde_json::to_string(&draft.fields).unwrap();
        let read = sync_protocol::rulings::ruling("enrolment", &draft.id, &fields, &[server.public()]).unwrap();
        let sync_protocol::rulings::Ruling::Enrolment(read) = read else { panic!("no enrolment") };
        assert_eq!(read.certificate, certificate);
        assert_eq!(draft.scope, "zjedz.p.li/own");
    }
}
