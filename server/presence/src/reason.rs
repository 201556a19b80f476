//! Reasons of a day's verdict. Each piece of evidence falls on one pile; a pile is a reason.

use serde::{Deserialize, Serialize};

use super::inputs::EvidenceRef;

macro_rules! piles {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $zh:literal, $en:literal;)*) => {
        /// What is said of evidence, or of its lack. The order is that in which reasons are told.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        pub enum ReasonCode { $($(#[doc = $doc])* #[serde(rename = $code)] $name,)* }

        impl ReasonCode {
            /// All of them.
            pub const ALL: &'static [ReasonCode] = &[$(Self::$name,)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Sentences, Chinese and English; `{n}` is the number of pieces, `{x}` a detail.
            fn sentences(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($zh, $en),)* }
            }
        }
    };
}

piles! {
    // Without evidence of their own.
    /// No station.
    NoStation = "no_station", "当日没有驻点，不要求在岗", "No station on that day: presence is not required.";
    /// Roll call against position.
    Contradiction = "contradiction", "查岗记录不在，定位却在村内，请办公室核实", "A roll call says absent, positions say inside: a person must decide.";
    /// Good positions, all outside.
    OnlyOutside = "only_outside", "当日可靠的定位全部在村外", "All good positions of the day lie outside the village.";
    /// Not one of the days that the rule asks for.
    DayOff = "day_off", "当日不要求在岗：{x}", "Presence is not required on that day: {x}.";
    /// Fewer pieces than the rule asks for.
    TooFew = "too_few", "有效证据不足：{x}", "Not enough pieces: {x}.";
    /// A window without a piece.
    WindowMissing = "window_missing", "以下时段没有证据：{x}", "No piece in these windows: {x}.";
    /// A night without a piece.
    NightMissing = "night_missing", "夜间没有在村的证据", "No piece of the night.";
    /// Several stations.
    SeveralStations = "several_stations", "当日有 {x} 个驻点，按最有利的认定", "There are {x} stations on that day; the most favourable counts.";
    /// Evidence that names a village which had become part of the station's.
    Merged = "merged", "{n} 条记录写的是已并入本村的村，按本村认定", "{n} record(s) name a village that was merged into this one, and count here.";
    /// Nothing at all.
    NoEvidence = "no_evidence", "当日没有任何记录", "There is no evidence of that day.";
    /// What there is decides nothing.
    NothingDecides = "nothing_decides", "当日的记录都不足以认定", "What there is of that day does not decide it.";

    // What decides.
    /// The office's word.
    ReviewByOffice = "review_by_office", "办公室认定：{x}", "The office decided: {x}";
    /// Approved leave.
    LeaveApproved = "leave_approved", "请假已批准", "Leave was approved.";
    /// Approved duty away.
    DutyApproved = "duty_approved", "公务外出已批准", "Duty away was approved.";
    /// Duty away reported before it began.
    DutyReported = "duty_reported", "公务外出已事前报备", "Duty away was reported before it began.";
    /// Seen by an inspector.
    SeenAtRollCall = "seen_at_roll_call", "督查员查岗时见到本人", "An inspector saw the member at a roll call.";
    /// Good positions inside.
    InsideFix = "inside_fix", "{n} 个可靠定位在村内", "{n} good position(s) inside the village.";
    /// A clock-in that the rule counts.
    CheckInInside = "check_in_inside", "{n} 次签到，定位在村内", "{n} check-in(s) with a good position inside.";
    /// Not found by an inspector.
    RollCallAbsent = "roll_call_absent", "督查员查岗时本人不在", "An inspector's roll call did not find the member.";
    /// Good positions outside.
    OutsideFix = "outside_fix", "{n} 个可靠定位在村外，最近的距村界 {x} 米", "{n} good position(s) outside the village, the nearest {x} m from its boundary.";

    // What leaves doubt.
    /// Too near to the boundary for its accuracy.
    UncertainFix = "uncertain_fix", "{n} 个定位靠近村界，按其精度无法判断在内在外", "{n} position(s) too near to the boundary for their accuracy.";
    /// No fence to judge by.
    NoFence = "no_fence", "该村当日没有可用的电子围栏，{n} 个定位无法判断", "The village has no usable fence on that day; {n} position(s) cannot be judged.";
    /// Mock location, and inside.
    MockedInside = "mocked_inside", "{n} 个村内定位由模拟软件给出，不予采用", "{n} position(s) inside come from an app that fakes positions, and are set aside.";
    /// Inside, but perhaps of another day.
    DayUnsure = "day_unsure", "{n} 个定位的时间跨越两天，无法确定属于当日", "The time of {n} position(s) spans more than this day.";
    /// Inside, but not of good quality.
    PoorInside = "poor_inside", "{n} 个村内定位的精度或坐标系不明或太差", "{n} position(s) inside are of poor or unknown accuracy or datum.";
    /// A decision against the member that one person made.
    ReviewAwaits = "review_awaits", "办公室认定不在岗，须经第二人复核后生效：{x}", "The office decided against the member, which takes a second person: {x}";
    /// No receiver's position.
    NoPosition = "no_position", "{n} 个定位的坐标为 0,0，即没有取得定位", "{n} position(s) at 0, 0, which is no position.";
    /// Leave that somebody approved who may not.
    LeaveLevel = "leave_level", "请假的批准级别不够，待上级批准", "Leave was approved by somebody who may not approve so many days.";
    /// Leave of a kind that the rule does not have.
    LeaveKind = "leave_kind", "规则没有这种假，待办公室决定", "The rule has no leave of this kind; the office decides.";
    /// Leave that nobody decided on.
    LeavePending = "leave_pending", "请假尚待批准", "Leave was asked for and is not decided.";
    /// Duty away not reported in time.
    DutyLate = "duty_late", "公务外出没有事前报备的记录，尚待批准", "Duty away is not known to have been reported beforehand, and is not decided.";
    /// Duty away that takes an approval.
    DutyPending = "duty_pending", "公务外出尚待批准", "Duty away is not decided, and takes an approval.";
    /// Told at a roll call.
    SaidOnLeave = "said_on_leave", "查岗时有人说本人请假", "At a roll call the member was said to be on leave.";
    /// Told at a roll call.
    SaidAwayOnDuty = "said_away_on_duty", "查岗时有人说本人公务外出", "At a roll call the member was said to be away on duty.";
    /// A roll call perhaps of another day.
    RollCallDayUnsure = "roll_call_day_unsure", "查岗时间跨越两天，无法确定属于当日", "The time of a roll call spans more than this day.";

    // What weighs nothing.
    /// Mock location, not inside.
    MockedElsewhere = "mocked_elsewhere", "{n} 个村外或不明的定位由模拟软件给出，不予采用", "{n} position(s) not inside come from an app that fakes positions, and are set aside.";
    /// Outside, of poor quality or unsure day.
    PoorOutside = "poor_outside", "{n} 个村外定位的精度、坐标系或时间不可靠，不予采用", "{n} position(s) outside are of unsure accuracy, datum or time, and are set aside.";
    /// Leave that was refused.
    LeaveRejected = "leave_rejected", "请假未获批准或已撤回", "Leave was rejected or withdrawn.";
    /// Duty that was refused.
    DutyRejected = "duty_rejected", "公务外出未获批准或已撤回", "Duty away was rejected or withdrawn.";
    /// Duty away of a kind that does not count.
    DutyNotCounted = "duty_not_counted", "按规则这类外出不计为在岗", "The rule does not count duty of this kind.";
    /// Inside, and not counted by the rule.
    FixNotCounted = "fix_not_counted", "{n} 个村内定位，按规则不计", "{n} position(s) inside, which the rule does not count.";
    /// After the day, and no night asked for.
    SeenNotCounted = "seen_not_counted", "查岗见到本人，按规则不计", "Seen at a roll call, which the rule does not count.";
    /// A roll call of another village.
    RollCallElsewhere = "roll_call_elsewhere", "查岗地点不是驻点村", "A roll call was held in another village than the station's.";
    /// A visit without a position.
    VisitWithoutFix = "visit_without_fix", "{n} 次走访没有定位", "{n} visit(s) without a position.";
    /// A visit with positions, which speak for it.
    VisitByItsFixes = "visit_by_its_fixes", "{n} 次走访以其定位为准", "{n} visit(s) are judged by their positions.";
    /// A work log.
    WorkLog = "work_log", "{n} 篇工作日志，不能单独证明在村", "{n} work log(s), which alone do not show where one was.";
    /// A clock-in.
    CheckInNotCounted = "check_in_not_counted", "{n} 次签到，按规则不计", "{n} check-in(s), which the rule does not count.";

    // What a person should weigh. It changes no verdict.
    /// See `Signal::Mocked`.
    SignalMocked = "signal_mocked", "疑点：{n} 个定位由模拟软件给出", "Signal: {n} position(s) come from an app that fakes them.";
    /// See `Signal::ImpossibleSpeed`.
    SignalSpeed = "signal_speed", "疑点：定位之间的移动速度达到每小时 {x} 公里", "Signal: from one position to the next at {x} km/h.";
    /// See `Signal::RepeatedPosition`.
    SignalRepeated = "signal_repeated", "疑点：{n} 个卫星定位的坐标完全相同", "Signal: {n} satellite positions have the very same degrees.";
    /// See `Signal::ByAnother`.
    SignalByAnother = "signal_by_another", "疑点：{n} 条记录来自他人的手机", "Signal: {n} record(s) come from somebody else's phone.";
    /// See `Signal::Photo`.
    SignalPhoto = "signal_photo", "疑点：{n} 张照片有重复使用或时间地点不符的迹象", "Signal: {n} photo(s) that were used before, or taken elsewhere or at another time.";
}

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// Stable code.
    pub code: ReasonCode,
    /// A sentence in Chinese.
    pub zh: String,
    /// A sentence in English.
    pub en: String,
    /// The pieces it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceRef>,
}

impl ReasonCode {
    /// Whether its detail is what a person wrote, which may have to be erased.
    pub fn quotes(self) -> bool {
        matches!(self, Self::ReviewByOffice | Self::ReviewAwaits)
    }
}

impl Reason {
    /// The same without what a person wrote.
    pub fn unquoted(&self) -> Self {
        match self.code.quotes() {
            true => Self::new(self.code, self.evidence.clone(), "……"),
            false => self.clone(),
        }
    }

    /// Of these pieces, with a detail.
    pub fn new(code: ReasonCode, evidence: Vec<EvidenceRef>, detail: &str) -> Self {
        let n = evidence.len().to_string();
        let fill = |s: &str| s.replace("{n}", &n).replace("{x}", detail);
        let (zh, en) = code.sentences();
        Self { code, zh: fill(zh), en: fill(en), evidence }
    }
}
