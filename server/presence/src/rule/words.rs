//! What a rule says, in sentences, Chinese and English: so that who puts it into effect reads what it does, and not its JSON.

use serde::{Deserialize, Serialize};

use super::{Approver, AwayCounts, Evidence, Period, Rule, Signal, Together, Weekday};

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sentence {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

fn say(zh: impl Into<String>, en: impl Into<String>) -> Sentence {
    Sentence { zh: zh.into(), en: en.into() }
}

/// All that the rule says.
pub fn words(rule: &Rule) -> Vec<Sentence> {
    let mut all = vec![floor(rule), required(rule)];
    all.extend(seasons(rule));
    all.push(evidence(rule));
    all.extend(parts(rule));
    all.push(away(rule));
    all.extend(leave(rule));
    all.push(fixes(rule));
    all.extend(signals(rule));
    all.push(together(rule));
    all.push(check_in(rule));
    all
}

fn floor(rule: &Rule) -> Sentence {
    match rule.floor {
        None => say("不设最低在岗天数。", "No number of days is asked for."),
        Some(floor) => {
            let (zh, en) = if floor.per == Period::Month { ("月", "month") } else { ("年", "year") };
            say(
                format!("每{zh}至少在岗 {} 天。", floor.days),
                format!("At least {} days a {en} in the village.", floor.days),
            )
        }
    }
}

fn required(rule: &Rule) -> Sentence {
    let days = &rule.required.weekdays;
    let (mut zh, mut en) = if days.len() == Weekday::ALL.len() {
        ("每天都要求在岗".to_owned(), "Presence is required every day".to_owned())
    } else {
        let (zh, en): (Vec<_>, Vec<_>) = days.iter().map(|day| day.words()).unzip();
        (format!("{}要求在岗", zh.join("、")), format!("Presence is required on {}", en.join(", ")))
    };
    if !rule.required.public_holidays {
        zh += "，法定节假日除外，调休上班日照常";
        en += ", but not on public holidays; weekends worked instead count as required";
    }
    say(zh + "。其他日子在岗照样计入，不在不算缺勤。", en + ". On other days presence counts, and absence does not.")
}

fn seasons(rule: &Rule) -> Option<Sentence> {
    let seasons = &rule.required.seasons;
    (!seasons.is_empty()).then(|| {
        let list = |between: &str| seasons.iter().map(|s| format!("{}{between}{}", s.from, s.to)).collect::<Vec<_>>();
        say(format!("只在 {} 期间要求。", list(" 至 ").join("、")), format!("Only from {}.", list(" to ").join(", ")))
    })
}

fn evidence(rule: &Rule) -> Sentence {
    let words = |evidence: &Evidence| match evidence {
        Evidence::Fix => ("村内的可靠定位", "a good position inside the village"),
        Evidence::RollCall => ("督查员查岗见到", "being seen at a roll call"),
    };
    let (zh, en): (Vec<_>, Vec<_>) = rule.day.evidence.iter().map(words).unzip();
    say(format!("有效证据：{}。", zh.join("、")), format!("What counts: {}.", en.join(", ")))
}

fn parts(rule: &Rule) -> Vec<Sentence> {
    let day = &rule.day;
    let mut all = Vec::new();
    if day.pieces > 1 {
        let (mut zh, mut en) =
            (format!("一天需要 {} 条证据", day.pieces), format!("A day takes {} pieces", day.pieces));
        if day.apart_minutes > 0 {
            zh += &format!("，相互间隔至少 {} 分钟", day.apart_minutes);
            en += &format!(", each at least {} minutes from the next", day.apart_minutes);
        }
        all.push(say(zh + "。", en + "."));
    }
    if !day.windows.is_empty() {
        let list = day.windows.iter().map(ToString::to_string).collect::<Vec<_>>();
        all.push(say(
            format!("以下时段各需一条：{}。", list.join("、")),
            format!("Each of these windows takes one: {}.", list.join(", ")),
        ));
    }
    if let Some(night) = day.night {
        all.push(say(
            format!("夜间（{} 至次日 {}）也需一条，即须在村过夜。", night.from, night.to),
            format!("The night ({} to {} of the next day) takes one too.", night.from, night.to),
        ));
    }
    if day.roll_call_suffices && (day.pieces > 1 || !day.windows.is_empty() || day.night.is_some()) {
        all.push(say("查岗见到本人，当日即算在岗。", "Being seen at a roll call is enough for the day."));
    }
    all
}

fn kinds(of: &[String]) -> (String, String) {
    let zh: Vec<&str> = of.iter().map(|kind| kind_zh(kind)).collect();
    (zh.join("、"), of.join(", "))
}

/// A kind of leave or duty away, in Chinese.
pub fn kind_zh(kind: &str) -> &str {
    match kind {
        "sick" => "病假",
        "personal" => "事假",
        "official" => "公假",
        "home" => "探亲假",
        "marriage" => "婚假",
        "maternity" => "产假",
        "bereavement" => "丧假",
        "annual" => "年休假",
        "meeting" => "会议",
        "training" => "培训",
        "errand" => "为村办事",
        other => other,
    }
}

fn away(rule: &Rule) -> Sentence {
    if rule.away.kinds.is_empty() {
        return say("公务外出不计为在岗。", "Duty away does not count.");
    }
    let (zh, en) = kinds(&rule.away.kinds);
    match rule.away.counts {
        AwayCounts::Reported => say(
            format!("公务外出（{zh}）事前报备或经批准的，视同在岗。"),
            format!("Duty away ({en}) counts if it was reported before it began, or approved."),
        ),
        AwayCounts::Approved => {
            say(format!("公务外出（{zh}）经批准的，视同在岗。"), format!("Duty away ({en}) counts if it was approved."))
        }
    }
}

fn leave(rule: &Rule) -> Vec<Sentence> {
    let (zh, en) = kinds(&rule.leave.kinds);
    let mut all = vec![say(format!("可请的假：{zh}。"), format!("Leave there is: {en}."))];
    for level in &rule.leave.levels {
        let (who_zh, who_en) = match level.by {
            Approver::Town => ("街道/镇", "The town"),
            Approver::Office => ("办公室", "The office"),
        };
        all.push(match level.up_to_days {
            Some(days) => {
                say(format!("{days} 天以内由{who_zh}批准。"), format!("{who_en} approves leave of up to {days} days."))
            }
            None => say(format!("其余由{who_zh}批准。"), format!("{who_en} approves any other.")),
        });
    }
    if !rule.leave.lowers_floor.is_empty() {
        let (zh, en) = kinds(&rule.leave.lowers_floor);
        all.push(say(
            format!("{zh}每天使最低天数减一。"),
            format!("Each day of {en} leave lowers the number of days asked for by one."),
        ));
    }
    all
}

fn fixes(rule: &Rule) -> Sentence {
    let fix = &rule.fix;
    say(
        format!(
            "定位在界内的概率不低于 {:.0}% 为村内，不高于 {:.0}% 为村外，其余不确定；精度差于 {:.0} 米的不作在岗证据。",
            fix.inside_from * 100.0,
            fix.outside_to * 100.0,
            fix.accuracy_limit_m
        ),
        format!(
            "A position is inside from a probability of {:.0} % on, outside up to {:.0} %, else uncertain; one of an accuracy worse than {:.0} m is no evidence of presence.",
            fix.inside_from * 100.0,
            fix.outside_to * 100.0,
            fix.accuracy_limit_m
        ),
    )
}

impl Signal {
    /// The stable code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mocked => "mocked",
            Self::ImpossibleSpeed => "impossible_speed",
            Self::RepeatedPosition => "repeated_position",
            Self::ByAnother => "by_another",
            Self::Photo => "photo",
        }
    }

    /// For people, Chinese and English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Mocked => ("模拟定位", "mocked positions"),
            Self::ImpossibleSpeed => ("不可能的移动速度", "impossible speed"),
            Self::RepeatedPosition => ("坐标完全重复", "repeated identical coordinates"),
            Self::ByAnother => ("由他人的手机记录", "records from somebody else's phone"),
            Self::Photo => ("照片疑点", "signals on photos"),
        }
    }
}

fn signals(rule: &Rule) -> Option<Sentence> {
    let (zh, en): (Vec<_>, Vec<_>) = rule.review_signals.iter().map(|signal| signal.words()).unzip();
    (!zh.is_empty()).then(|| {
        say(
            format!("出现以下疑点的日子送人工核实，结论不因此改变：{}。", zh.join("、")),
            format!(
                "Days with these signals go to a person, and their verdict does not change by it: {}.",
                en.join(", ")
            ),
        )
    })
}

fn together(rule: &Rule) -> Sentence {
    let Together { days, seconds, metres, apart_percent } = rule.together;
    if days == 0 {
        return say("不查队员的记录是否总是同时同地。", "Nobody looks whether members' records always coincide.");
    }
    say(
        format!(
            "同村队员的记录一个月有 {days} 天以上总在 {seconds} 秒、{metres} 米之内（单独记录的日子不超过 {apart_percent}%），送人工核实，结论不因此改变。"
        ),
        format!(
            "Members of a village whose records lie within {seconds} s and {metres} m on {days} days of a month or more (and on at most {apart_percent} % of \
             days one without the other) go to a person, and no verdict changes by it."
        ),
    )
}

fn check_in(rule: &Rule) -> Sentence {
    match &rule.check_in {
        None => say("不设定时签到。", "There is no scheduled clock-in."),
        Some(basis) => say(
            format!("设定时签到，依据：{}；由{}于 {} 决定。", basis.legal_basis, basis.decided_by, basis.decided_on),
            format!(
                "Scheduled clock-in counts, on the basis of {}, as {} decided on {}.",
                basis.legal_basis, basis.decided_by, basis.decided_on
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::check::read;

    #[test]
    fn a_rule_is_told_in_words() {
        let two = read(&serde_json::from_str(include_str!("../../rules/two-windows.json")).unwrap()).unwrap();
        let zh: Vec<String> = words(&two).into_iter().map(|sentence| sentence.zh).collect();
        for part in [
            "每月至少在岗 20 天。",
            "上午 06:00–12:00、下午 14:00–20:00",
            "3 天以内由街道/镇批准",
            "03-01 至 12-15",
            "不设定时签到",
        ] {
            assert!(zh.iter().any(|sentence| sentence.contains(part)), "{part}: {zh:#?}");
        }
        let year = read(&serde_json::from_str(include_str!("../../rules/days-a-year.json")).unwrap()).unwrap();
        let en: Vec<String> = words(&year).into_iter().map(|sentence| sentence.en).collect();
        for part in
            ["At least 200 days a year", "not on public holidays", "20:00 to 07:00", "counts if it was approved"]
        {
            assert!(en.iter().any(|sentence| sentence.contains(part)), "{part}: {en:#?}");
        }
    }
}
