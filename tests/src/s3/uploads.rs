//! What s3s-fs lacks: the list of uploads in parts that have not ended, read from the files it keeps of them.

use std::{fs, io, path::Path, path::PathBuf};

use axum::http::{Extensions, HeaderMap, Method, Uri};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use s3s::{Body, S3Request, S3Response, S3Result, route::S3Route};

/// The store's folder.
pub(super) struct Uploads(pub(super) PathBuf);

/// An upload in parts.
pub(super) struct Upload {
    key: String,
    id: String,
    begun_ms: i64,
}

/// All that have not ended.
pub(super) fn unfinished(folder: &Path) -> io::Result<Vec<Upload>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let named = name.strip_suffix(".metadata.json").and_then(|rest| {
            let (object, id) = rest.split_once(".upload-")?;
            Some((object.split_once(".object-")?.1.to_owned(), id.to_owned()))
        });
        let Some((key, id)) = named.filter(|(_, id)| folder.join(format!(".upload-{id}.json")).exists()) else {
            continue;
        };
        let key = URL_SAFE_NO_PAD.decode(key).ok().and_then(|key| String::from_utf8(key).ok());
        let begun = entry.metadata()?.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let begun_ms = i64::try_from(begun.as_millis()).unwrap_or(i64::MAX);
        found.extend(key.map(|key| Upload { key, id, begun_ms }));
    }
    Ok(found)
}

#[async_trait::async_trait]
impl S3Route for Uploads {
    fn is_match(&self, method: &Method, uri: &Uri, _headers: &HeaderMap, _extensions: &mut Extensions) -> bool {
        method == Method::GET
            && uri.query().is_some_and(|q| q.split('&').any(|part| part.trim_end_matches('=') == "uploads"))
    }

    async fn call(&self, _request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let uploads = unfinished(&self.0).map_err(|error| s3s::s3_error!(error, InternalError))?;
        let one = |upload: &Upload| {
            let at = jiff::Timestamp::from_millisecond(upload.begun_ms).unwrap_or_default();
            let (key, id) = (&upload.key, &upload.id);
            format!("<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>{at}</Initiated></Upload>")
        };
        let all: String = uploads.iter().map(one).collect();
        let body = format!(
            "<?xml version=\"1.0\"?><ListMultipartUploadsResult><IsTruncated>false</IsTruncated>{all}</ListMultipartUploadsResult>"
        );
        Ok(S3Response::new(Body::from(body)))
    }
}
