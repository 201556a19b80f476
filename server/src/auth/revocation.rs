//! Ending the use of a phone: handed back, or lost. Both are operations in the enrolment's record.

use mobile_schema::{Place, kinds::enrolment::Enrolment};
use serde_json::{Map, Value, json};
use sync_protocol::{InstallId, ids::lower_hex};

use super::{
    principal::Principal,
    store,
    wire::{End, InstallView, Lost},
};
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
    storage::entities::{install, ruling},
    sync::drafts::{Draft, Saw},
};

/// From that moment on nothing the phone captures counts.
pub async fn end(app: &App, office: &Principal, id: InstallId, asked: &End) -> Result<InstallView, Problem> {
    let at = asked.at.unwrap_or_else(now_ms);
    write(app, office, id, |_| Ok(("ended", json!(at)))).await
}

/// Only what the phone wrote up to that line counts.
pub async fn lose(app: &App, office: &Principal, id: InstallId, asked: &Lost) -> Result<InstallView, Problem> {
    write(app, office, id, |install| Ok(("lost", cut(asked, install)?))).await
}

/// The phones of the people whom they run.
pub async fn list(app: &App, office: &Principal, limit: u64) -> Result<Vec<InstallView>, Problem> {
    let found = store::enrolments(&app.db, &office.run_scopes(), limit).await?;
    Ok(found.iter().map(|(enrolment, install)| view(enrolment, install.as_ref())).collect())
}

async fn write(
    app: &App,
    office: &Principal,
    id: InstallId,
    field: impl FnOnce(Option<&install::Model>) -> Result<(&'static str, Value), Problem>,
) -> Result<InstallView, Problem> {
    let unknown = || Problem::new(ErrorCode::NotFound, format!("there is no install {id}"));
    let enrolment = store::enrolment(&app.db, id).await?.ok_or_else(unknown)?;
    // Who does not run the person does not learn that the phone is there.
    let place = enrolment.scope.strip_suffix("/own").and_then(Place::parse).ok_or_else(unknown)?;
    let role = office.office_over(&place).map_err(|_| unknown())?;
    let install = store::install(&app.db, id).await?;
    let (name, value) = field(install.as_ref())?;
    let fields = Map::from_iter([(name.to_owned(), value)]);
    let scope = enrolment.scope;
    let draft = Draft { scope, kind: "enrolment", id: id.to_string(), fields, saw: Saw::Current, tpl: None };
    app.committer.write(&office.acting(role), vec![draft]).await?;
    let enrolment = store::enrolment(&app.db, id).await?.ok_or_else(unknown)?;
    Ok(view(&enrolment, install.as_ref()))
}

/// Where a lost phone's chain is cut: as said, else at the newest line known. Pure.
fn cut(asked: &Lost, install: Option<&install::Model>) -> Result<Value, Problem> {
    match (asked.seq, asked.head.as_deref(), install) {
        (Some(seq), Some(head), _) if lower_hex::<32>(head).is_some() => Ok(json!({"seq": seq, "head": head})),
        (None, None, Some(tip)) => Ok(json!({"seq": tip.tip_seq, "head": hex::encode(&tip.tip_head)})),
        (None, None, None) => Err(Problem::new(ErrorCode::BadRequest, "no line of it is known: give seq and head")),
        _ => Err(Problem::new(ErrorCode::BadRequest, "seq and head (64 hex digits) go together")),
    }
}

fn view(enrolment: &ruling::Model, install: Option<&install::Model>) -> InstallView {
    let fields: Enrolment = serde_json::from_str(&enrolment.fields).unwrap_or_default();
    InstallView {
        install: enrolment.id.clone(),
        person: enrolment.scope.trim_end_matches("/own").to_owned(),
        enrolled_at: fields.certificate.as_ref().and_then(|c| c.get("at")?.as_i64()),
        app: fields.app,
        heard_at: install.map(|i| i.heard_ms),
        tip_seq: install.map(|i| i.tip_seq),
        tip_head: install.map(|i| hex::encode(&i.tip_head)),
        fork_seq: install.and_then(|i| i.fork_seq),
        ended: fields.ended,
        lost: fields.lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_phone_is_cut_where_the_office_says_or_at_its_newest_line() {
        let tip = install::Model {
            id: Vec::new(),
            certificate: String::new(),
            person: String::new(),
            server: false,
            tip_seq: 7,
            tip_head: vec![0xab; 32],
            fork_seq: None,
            heard_ms: 0,
        };
        let head = "cd".repeat(32);
        let said = |seq, head: Option<&str>| Lost { seq, head: head.map(str::to_owned) };
        assert_eq!(cut(&said(None, None), Some(&tip)).unwrap(), json!({"seq": 7, "head": "ab".repeat(32)}));
        assert_eq!(cut(&said(Some(3), Some(&head)), Some(&tip)).unwrap(), json!({"seq": 3, "head": head}));
        for (seq, head) in [(Some(3), None), (None, Some(head.as_str())), (Some(3), Some("cd"))] {
            assert_eq!(cut(&said(seq, head), Some(&tip)).unwrap_err().code, ErrorCode::BadRequest);
        }
        assert!(cut(&said(None, None), None).is_err());
    }
}
