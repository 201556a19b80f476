//! What a store's answers mean to who keeps files there.

use std::{
    error::Error,
    io::{self, ErrorKind},
};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

/// What a store says when it is full, or may not grow.
const FULL: [&str; 4] = ["QuotaExceeded", "StorageFull", "XMinioStorageFull", "InsufficientStorage"];
/// What it says when the settings are wrong, and waiting does not help.
const WRONG: [&str; 6] = [
    "NoSuchBucket",
    "InvalidBucketName",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AccessDenied",
    "AuthorizationHeaderMalformed",
];

/// What was answered; status 0 if nothing was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Answered<'a> {
    status: u16,
    code: &'a str,
}

impl<'a> Answered<'a> {
    fn of<E: ProvideErrorMetadata>(error: &'a SdkError<E, HttpResponse>) -> Self {
        let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
        Self { status, code: error.code().unwrap_or_default() }
    }

    fn kind(self) -> ErrorKind {
        match (self.status, self.code) {
            (_, code) if FULL.contains(&code) => ErrorKind::StorageFull,
            (507, _) => ErrorKind::StorageFull,
            (400, "BadDigest" | "XAmzContentSHA256Mismatch" | "InvalidDigest") => ErrorKind::InvalidData,
            (404, "" | "NoSuchKey" | "NotFound") => ErrorKind::NotFound,
            (412, _) => ErrorKind::AlreadyExists,
            (416, _) => ErrorKind::InvalidInput,
            (501, _) => ErrorKind::Unsupported,
            _ => ErrorKind::ResourceBusy,
        }
    }
}

/// The fault, with all that is known of it for the log. Its kind tells what to do:
///
/// - `NotFound`: there is nothing of that name. `AlreadyExists`: there is something, and nothing was to be written over.
/// - `InvalidInput`: the range lies behind the end. `InvalidData`: the bytes that came are not those that were meant.
/// - `Unsupported`: the store does not know what was asked of it, such as conditions.
/// - `StorageFull`: no room. `ResourceBusy`: the store cannot now, be it down, slow, or refusing our keys. Both pass, or somebody sees to
///   it; nothing is lost meanwhile.
pub(super) fn fault<E>(error: SdkError<E, HttpResponse>) -> io::Error
where
    E: ProvideErrorMetadata + Error + 'static,
{
    io::Error::new(Answered::of(&error).kind(), told(&error))
}

/// The fault in one line: what the store said, or why it said nothing.
pub(super) fn told<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let SdkError::ServiceError(_) = error {
        let Answered { status, code } = Answered::of(error);
        return format!("the S3 store answered {status} {code} {}", error.message().unwrap_or_default());
    }
    let causes: Vec<String> = causes(error).map(ToString::to_string).collect();
    format!("the S3 store gave no answer: {}", causes.join(": "))
}

/// What a person must change in the settings, or the store's; none where it may pass by itself.
pub(super) fn wrong_setting<E>(error: &SdkError<E, HttpResponse>) -> Option<String>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let loading = causes(error).find_map(|cause| cause.downcast_ref());
    if let Some(CredentialsError::CredentialsNotLoaded(_)) = loading {
        return Some("no keys were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned());
    }
    let wrong = WRONG.contains(&Answered::of(error).code) || matches!(error, SdkError::ConstructionFailure(_));
    wrong.then(|| told(error))
}

/// The fault, its cause, the cause of that …
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_is_an_answer() {
        for (status, code, kind) in [
            (507, "", ErrorKind::StorageFull),
            (403, "QuotaExceeded", ErrorKind::StorageFull),
            (403, "AccessDenied", ErrorKind::ResourceBusy),
            (400, "BadDigest", ErrorKind::InvalidData),
            (404, "NoSuchBucket", ErrorKind::ResourceBusy),
            (404, "NoSuchUpload", ErrorKind::ResourceBusy),
            (404, "NoSuchKey", ErrorKind::NotFound),
            (404, "", ErrorKind::NotFound),
            (412, "PreconditionFailed", ErrorKind::AlreadyExists),
            (409, "ConditionalRequestConflict", ErrorKind::ResourceBusy),
            (416, "InvalidRange", ErrorKind::InvalidInput),
            (501, "NotImplemented", ErrorKind::Unsupported),
            (503, "SlowDown", ErrorKind::ResourceBusy),
            (500, "InternalError", ErrorKind::ResourceBusy),
            (0, "", ErrorKind::ResourceBusy),
        ] {
            assert_eq!(Answered { status, code }.kind(), kind, "{status} {code}");
        }
    }
}
