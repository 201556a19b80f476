//! Errors as clients see them (RFC 9457), from one documented list. What a client reads and what the log reads are two things: the
//! cause goes to the log, never to the client.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::storage::trouble::{self, Trouble};

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $status:literal, $zh:literal, $en:literal;)*) => {
        /// Every error there is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[doc = $doc])* $name,)* }

        impl ErrorCode {
            /// All of them.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(ErrorCode::$name => $code,)* }
            }

            /// The HTTP status.
            pub fn status(self) -> StatusCode {
                StatusCode::from_u16(match self { $(ErrorCode::$name => $status,)* }).expect("a status code")
            }

            /// What it means, for who writes a client.
            pub fn meaning(self) -> &'static str {
                match self { $(ErrorCode::$name => concat!($($doc),*).trim_ascii(),)* }
            }

            /// A sentence for a person, Chinese and English.
            pub fn sentence(self) -> (&'static str, &'static str) {
                match self { $(ErrorCode::$name => ($zh, $en),)* }
            }
        }
    };
}

codes! {
    // Requests in general.
    /// The request body is larger, packed or unpacked, than the limit.
    BodyTooLarge = "body_too_large", 413, "请求太大，请分批发送", "The body is too large; send less at a time.";
    /// The body or a parameter is not of the form documented.
    BadRequest = "bad_request", 400, "请求格式不对", "The request is not of the documented form.";
    /// The content encoding or type is none that this route takes.
    UnsupportedMedia = "unsupported_media", 415, "不支持的内容类型或压缩方式", "This content type or encoding is not taken here.";
    /// No such route or thing, or none that this person may see.
    NotFound = "not_found", 404, "没有找到", "There is no such thing, or none that you may see.";
    /// The route does not take this method.
    MethodNotAllowed = "method_not_allowed", 405, "不支持的方法", "This route does not take this method.";
    /// It took too long.
    Timeout = "timeout", 503, "处理超时，请稍后再试", "It took too long; send again later.";
    /// The server cannot now; the same request will do later.
    Busy = "busy", 503, "服务器忙，请稍后再试", "The server cannot now; send again later.";
    /// The server's disk is full: nothing can be written until somebody makes room. What was acknowledged is there, and can be read.
    StorageFull = "storage_full", 503, "服务器存储空间已满，请稍后再试", "The server's disk is full; send again later.";
    /// Too many requests.
    TooManyRequests = "too_many_requests", 429, "请求过于频繁", "Too many requests; send again later.";
    /// A fault of the server's own.
    Internal = "internal", 500, "服务器内部错误", "A fault of the server; it has been logged.";

    // Who and what for.
    /// No token, or none that holds.
    Unauthorized = "unauthorized", 401, "请先登录", "Sign in first.";
    /// The token has expired.
    TokenExpired = "token_expired", 401, "登录已过期", "The token has expired; sign in again.";
    /// Name or password do not match.
    BadCredentials = "bad_credentials", 401, "用户名或密码不对", "Name or password are wrong.";
    /// The nonce is none of this server's, another install's, or older than two minutes: ask for a new one.
    NonceInvalid = "nonce_invalid", 401, "登录质询无效或已过期，请重试", "The nonce does not hold any more; ask for a new one.";
    /// An account of this name is there already.
    NameTaken = "name_taken", 409, "用户名已被使用", "There is an account of this name already.";
    /// The person's rights do not cover it.
    Forbidden = "forbidden", 403, "没有权限", "Your rights do not cover this.";
    /// No grant is live now.
    NoLiveGrant = "no_live_grant", 403, "目前没有有效授权", "You hold no grant that is live now.";
    /// The enrolment code is unknown or expired.
    CodeInvalid = "code_invalid", 403, "登记码无效或已过期", "The enrolment code is unknown or has expired.";
    /// The enrolment code was used with another key.
    CodeUsed = "code_used", 409, "登记码已被使用", "The enrolment code has been used.";
    /// The public key is none.
    BadKey = "bad_key", 400, "公钥无效", "This is no P-256 public key.";
    /// The install is not to be signed in: ended, lost, or forked.
    InstallClosed = "install_closed", 403, "此手机已停用，请重新登记", "This install is no longer in use; enrol anew.";

    // Push and pull.
    /// The first line is no header.
    BadHeader = "bad_header", 400, "推送的首行无效", "The first line is no push header.";
    /// The protocol version is not known.
    UnknownProtocol = "unknown_protocol", 400, "协议版本未知", "This protocol version is not known.";
    /// The push was cut or damaged on the way.
    PushCut = "push_cut", 503, "推送中途被截断，请减半重发", "The push was cut or damaged on the way; send again, halved.";
    /// The install is not known here.
    UnknownInstall = "unknown_install", 403, "未知的手机，请附证书或重新登记", "This install is not known here; add its certificate, or enrol anew.";
    /// The signature is not the install's.
    BadSignature = "bad_signature", 403, "签名不符，请重新登记", "The signature is not the install's; enrol anew.";
    /// Lines before these are missing here.
    Gap = "gap", 409, "缺少之前的行", "Lines before these are missing here.";
    /// The chain before these lines is not one known here.
    UnknownBranch = "unknown_branch", 409, "链的分支未知", "The chain before these lines is not one known here.";
    /// The push is packed against lines that are not here (any more): send it packed otherwise.
    UnknownLines = "unknown_lines", 409, "服务器没有压缩所依据的行，请另行压缩", "The lines it is packed against are not here; pack it otherwise.";
    /// The cursor is none.
    BadCursor = "bad_cursor", 400, "游标无效", "This is no cursor of this server.";

    // What the office writes, imports.
    /// A field breaks the schema; `faults` lists them.
    Invalid = "invalid", 422, "内容不符合规定", "Some values break the rules; see faults.";
    /// Lines of an import are bad; `faults` lists them; nothing was changed.
    ImportRefused = "import_refused", 422, "导入有错误，未作任何更改", "The import has faults, see faults; nothing was changed.";
    /// A team cannot be handed over so; `faults` says why; nothing was changed.
    HandoverRefused = "handover_refused", 422, "交接有错误，未作任何更改", "The team cannot be handed over so, see faults; nothing was changed.";
    /// Villages cannot be merged so; `faults` says why; nothing was changed.
    MergerRefused = "merger_refused", 422, "并村有错误，未作任何更改", "The villages cannot be merged so, see faults; nothing was changed.";
    /// What was decided on cannot be.
    NotDecidable = "not_decidable", 409, "此项不能裁定", "This cannot be decided on.";
    /// What a request for many names is not what was confirmed: look again. `count` and `confirm` say what it is now.
    ChangedMeanwhile = "changed_meanwhile", 409, "内容已有变化，请重新核对", "It is not what was confirmed any more; look again.";
    /// More are alike than one request decides on: narrow the filter.
    TooManyAlike = "too_many_alike", 422, "一次处理太多，请缩小范围", "Too many for one request; narrow the filter.";

    /// Who decided against a member cannot be the one who agrees: somebody else must.
    TakesAnother = "takes_another", 409, "不利决定须由另一人复核", "A decision against somebody takes a second person to agree.";
    /// The month has not ended yet in the time zone of the server's settings: it cannot be sealed.
    MonthOpen = "month_open", 409, "该月尚未结束，不能封存", "The month has not ended; it cannot be sealed yet.";
    /// Days of the month are undecided; `open` names them. Decide them, or say `with_open`.
    OpenDays = "open_days", 409, "该月还有未认定的日子，请先认定，或确认按现状封存", "Some days are undecided; decide them, or confirm that they stay so.";
    /// The month is sealed. Sealing it again takes a reason.
    SealedAlready = "sealed_already", 409, "该月已封存，重新封存须说明理由", "The month is sealed; sealing it again takes a reason.";
    /// A rule does not hold together, or keeps less than it must; `detail` says where.
    RuleRefused = "rule_refused", 422, "规则不成立", "This rule does not hold together; see detail.";
    /// A legal hold covers what was to be erased, or the hold itself; `holds` names those that do. Lift them first.
    OnHold = "on_hold", 409, "已依法保全，解除保全前不得删除", "A legal hold covers this; it must be lifted first.";

    // Media.
    /// Not a tus version spoken here.
    TusVersion = "tus_version", 412, "不支持的 tus 版本", "This tus version is not spoken here.";
    /// The offset is not where the upload is.
    WrongOffset = "wrong_offset", 409, "上传位置不符", "The offset is not where the upload is.";
    /// Another request is writing this upload.
    UploadLocked = "upload_locked", 423, "另一个请求正在上传此文件", "Another request is writing this upload; ask for its offset again.";
    /// The announced length is above the limit.
    PhotoTooLarge = "photo_too_large", 413, "文件太大", "The file is larger than this server takes.";
    /// More bytes than announced.
    PastLength = "past_length", 413, "超出声明的长度", "More bytes than the upload announced.";
    /// The finished bytes are not those promised.
    WrongHash = "wrong_hash", 460, "内容与承诺的哈希不符", "The bytes are not those that were promised.";
    /// The bytes of this request are not those of its checksum; none of them is kept: send them again.
    WrongChecksum = "wrong_checksum", 460, "本次发送的内容与校验和不符，请重新发送", "The bytes sent do not match their checksum; send them again.";
    /// A part that is to be joined has not all its bytes yet.
    PartUnfinished = "part_unfinished", 409, "有部分尚未上传完", "A part has not all its bytes yet; finish it first.";
    /// Nobody promised these bytes.
    NotPromised = "not_promised", 403, "没有记录承诺过此文件", "No operation of yours promises these bytes.";
    /// The photo was erased: it will never be taken.
    PhotoErased = "photo_erased", 410, "照片已依法删除，不再接收", "This photo was erased; it is not taken any more.";
    /// All of the upload is here already; nothing more is taken. At the door for resumable uploads.
    UploadComplete = "upload_complete", 400, "上传已完成", "This upload is complete already.";
    /// The upload is gone.
    UploadGone = "upload_gone", 410, "上传已过期或已结束", "This upload has expired or ended.";
    /// The store of photos cannot be reached, or refuses the server; what was received is kept, and brought there when it is back.
    StoreUnavailable = "store_unavailable", 503, "照片存储暂不可用，请稍后再试", "The store of photos cannot now; send again later.";
    /// The photo is here and will be opened soon.
    NotProcessedYet = "not_processed_yet", 409, "照片尚未处理完，请稍后再试", "The photo has not been opened yet; ask again later.";
    /// No rendition can be made of the photo; `reason` says why. The bytes are there as they came.
    NoRendition = "no_rendition", 404, "无法生成此照片的缩略图", "No rendition can be made of this photo; see reason.";
    /// The bytes as they came may say where the photo was taken, and go to who took it, managers and the office alone; a rendition is for all
    /// who may read the record.
    OriginalWithheld = "original_withheld", 403, "原始照片可能含拍摄位置，仅拍摄者和有权查看者可取，请查看缩略图", "The original may say where it was taken and is not for you; ask for a rendition.";
    /// The photos of an archive have more bytes together than one holds: ask for fewer.
    ArchiveTooLarge = "archive_too_large", 422, "所选照片总量过大，请分批下载", "These photos are too large for one archive; ask for fewer.";
    /// The server has no font to draw Chinese text with: the setting `watermark_font` names no file that it can read.
    FontMissing = "font_missing", 501, "服务器缺少中文字体，无法生成水印照片", "The server lacks the font to draw into copies of photos; tell who runs it.";
    /// The requested range does not lie in the bytes.
    BadRange = "bad_range", 416, "范围无效", "The range does not lie in the bytes.";
}

/// How long a client waits for a person to make room.
const FULL_RETRY_S: u64 = 60;

/// An error on its way to a client.
#[derive(Debug)]
pub struct Problem {
    /// Which.
    pub code: ErrorCode,
    /// What exactly, for a person. Never a cause.
    pub detail: String,
    /// Further members, documented with the route.
    pub extra: Map<String, Value>,
    /// For 429 and 503.
    pub retry_after_s: Option<u64>,
    /// For the log alone.
    pub cause: Option<anyhow::Error>,
}

impl Problem {
    /// With this detail.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        let retry_after_s = matches!(code.status().as_u16(), 429 | 503).then_some(2);
        Self { code, detail: detail.into(), extra: Map::new(), retry_after_s, cause: None }
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.extra.insert(name.to_owned(), json!(value));
        self
    }

    /// A fault of the server's own; the client learns only that there was one.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(ErrorCode::Internal, "") }
    }
}

impl From<ErrorCode> for Problem {
    fn from(code: ErrorCode) -> Self {
        Self::new(code, "")
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Full => Self { retry_after_s: Some(FULL_RETRY_S), ..ErrorCode::StorageFull.into() },
            Trouble::Away => ErrorCode::Busy.into(),
        }
    }
}

impl From<sea_orm::DbErr> for Problem {
    fn from(error: sea_orm::DbErr) -> Self {
        anyhow::Error::from(error).into()
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast_ref().and_then(trouble::of) {
            Some(trouble) => Self { cause: Some(error), ..trouble.into() },
            None => Self::internal(error),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} {}", self.code.code(), self.code.sentence().1, self.detail)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Some(cause) = &self.cause {
            let (code, cause) = (self.code.code(), format!("{cause:#}"));
            match self.code.status().as_u16() {
                // It passes; a full disk waits for a person.
                503 if self.code != ErrorCode::StorageFull => tracing::warn!(code, cause, "request put off"),
                _ => tracing::error!(code, cause, "request failed"),
            }
        }
        let (zh, en) = self.code.sentence();
        let mut body = self.extra;
        body.insert("type".into(), json!(format!("/v1/errors#{}", self.code.code())));
        body.insert("code".into(), json!(self.code.code()));
        body.insert("title".into(), json!(en));
        body.insert("title_zh".into(), json!(zh));
        body.insert("status".into(), json!(self.code.status().as_u16()));
        if !self.detail.is_empty() {
            body.insert("detail".into(), json!(self.detail));
        }
        let mut response = (self.code.status(), Json(Value::Object(body))).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
