//! The standing of an operation (`PROTOCOL.md`, sections 7 and 9): a stable code and a sentence a person understands.

use serde::{Deserialize, Serialize};

/// Where an operation stands. Derived from the whole set, and may change as more is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Accepted, and every value of it is shown or was replaced by who saw it.
    Applied,
    /// A value of it is kept beside the shown one.
    Outranked,
    /// A value of it is in a conflict that the office is to settle.
    Conflict,
    /// Waits for a template, kind or version to become known.
    Held,
    /// The office is asked whether it counts.
    Quarantined,
    /// Does not count.
    Refused,
    /// Kept as bytes.
    Unreadable,
}

impl State {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            State::Applied => "applied",
            State::Outranked => "outranked",
            State::Conflict => "conflict",
            State::Held => "held",
            State::Quarantined => "quarantined",
            State::Refused => "refused",
            State::Unreadable => "unreadable",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<State> {
        use State::*;
        [Applied, Outranked, Conflict, Held, Quarantined, Refused, Unreadable].into_iter().find(|s| s.name() == name)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $state:ident, $zh:literal, $en:literal;)*) => {
        /// Why an operation stands where it stands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $doc])* $name,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The stable code on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// The state it belongs to.
            pub fn state(self) -> State {
                match self { $(Code::$name => State::$state,)* }
            }

            /// A sentence for a person, in Chinese and in English.
            pub fn sentence(self) -> (&'static str, &'static str) {
                match self { $(Code::$name => ($zh, $en),)* }
            }
        }
    };
}

codes! {
    /// Applied.
    Applied = "applied", Applied, "已生效", "It counts.";
    /// Kept beside a value of higher authority.
    ByAuthority = "by_authority", Outranked, "保留在旁：权限更高者的值优先显示", "Kept beside: someone with more authority wrote another value.";
    /// Kept beside a value whose time is known.
    ByUnanchored = "by_unanchored", Outranked, "保留在旁：本值的时间无法确认", "Kept beside: the time of this value is not known, that of the shown one is.";
    /// Kept beside a later value.
    ByTime = "by_time", Outranked, "保留在旁：另一个值更晚", "Kept beside: another value was written later.";
    /// Kept beside; nothing but the name of the operation tells them apart.
    ByDot = "by_dot", Outranked, "保留在旁：无法区分先后，按固定次序显示另一个", "Kept beside: nothing tells which is later, a fixed order shows the other.";
    /// Evidence is not changed: kept beside as a proposed correction.
    CorrectionProposed = "correction_proposed", Outranked, "证据不可更改：作为更正建议保留", "Evidence is not changed: kept beside it as a proposed correction.";
    /// A deletion that does not hold.
    NotDeleted = "not_deleted", Outranked, "未删除：记录中有删除者未见到或无权删除的内容", "Not deleted: the record holds what its author had not seen, or may not delete.";
    /// In an open conflict.
    OpenConflict = "open_conflict", Conflict, "有不同的值，等待扶贫办裁定", "Differing values of what carries weight: the office is asked.";
    /// The kind is not known to this server.
    UnknownKind = "unknown_kind", Held, "服务器尚不认识这种记录，升级后处理", "The server does not know this kind of record yet.";
    /// The schema version is newer than the server's.
    UnknownVersion = "unknown_version", Held, "应用版本比服务器新，升级后处理", "Written by a newer app than the server knows.";
    /// The checklist template is not known.
    UnknownTemplate = "unknown_template", Held, "检查表模板尚未收到", "The checklist template is not known yet.";
    /// The server failed on it and will try again.
    Internal = "internal", Held, "已保存，服务器处理出错，将重试", "Stored; the server could not work it in and will try again.";
    /// The enrolment of the install is not known.
    NotEnrolled = "not_enrolled", Quarantined, "此手机的登记记录未知，等待扶贫办确认", "The enrolment of this phone is not known.";
    /// Written after the install was ended.
    InstallEnded = "install_ended", Quarantined, "此手机已停用之后写入", "Written when this phone was no longer in use, or perhaps not.";
    /// Not on the part of the chain known before the phone was lost.
    InstallLost = "install_lost", Quarantined, "此手机已报失之后写入", "Written after the last line known before this phone was lost.";
    /// No right covers place, lane and kind at that time.
    NoGrant = "no_grant", Quarantined, "写入时没有此地此类记录的授权", "No grant covers this place and kind of record at that time.";
    /// A right began or ended inside the span of its time.
    RightChangedInSpan = "right_changed_in_span", Quarantined, "写入时间不能确定，其间授权有变动", "Its time is not known well enough: a right began or ended meanwhile.";
    /// Writes what only the office or the town writes.
    OfficeOnly = "office_only", Quarantined, "此项只能由扶贫办或街道填写", "Only the office or the town writes this.";
    /// A line carried over from an install that could not go on.
    Carried = "carried", Quarantined, "从旧手机转来的记录，等待扶贫办确认", "Carried over from an install that could not go on.";
    /// The scope is not of its form.
    BadScope = "bad_scope", Refused, "范围格式不对", "The scope is not of its form.";
    /// The kind does not live in that lane.
    BadLane = "bad_lane", Refused, "此类记录不在这个通道", "This kind of record does not live in that lane.";
    /// The id is not of the kind's form.
    BadId = "bad_id", Refused, "编号格式不对", "The id is not of the form of this kind.";
    /// Only servers write it.
    ServerOnly = "server_only", Refused, "此类记录只能由服务器写入", "Phones do not write this kind of record.";
    /// Breaks the schema.
    Schema = "schema", Refused, "内容不符合规定", "A field breaks the rules for it.";
    /// The office refused it.
    ByOffice = "by_office", Refused, "扶贫办未采纳", "The office refused it.";
    /// Its bytes are not a readable line.
    Unreadable = "unreadable", Unreadable, "无法读取，原样保留", "It cannot be read; its bytes are kept.";
}

impl Code {
    /// The code of that name.
    pub fn parse(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|c| c.name() == name)
    }
}

/// A standing: code, and for some codes the detail (the field's path, the unknown template).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// The code; its state follows.
    pub code: Code,
    /// What it is about, e.g. `lat: out_of_range`. Empty for most.
    pub detail: String,
}

impl Standing {
    /// Without detail.
    pub fn of(code: Code) -> Self {
        Self { code, detail: String::new() }
    }

    /// With detail.
    pub fn with(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// The state.
    pub fn state(&self) -> State {
        self.code.state()
    }
}
