//! Invented people, their teams, stations and grants. Every name begins with 演示· (demo).

use super::{BASE, Village};

/// 23 surnames and 40 given names: as the two numbers have no divisor in common, the first 920 pairs all differ.
const SURNAMES: [(&str, &str); 23] = [
    ("王", "Wang"),
    ("李", "Li"),
    ("张", "Zhang"),
    ("陈", "Chen"),
    ("林", "Lin"),
    ("黄", "Huang"),
    ("吴", "Wu"),
    ("梁", "Liang"),
    ("何", "He"),
    ("蔡", "Cai"),
    ("郑", "Zheng"),
    ("谢", "Xie"),
    ("许", "Xu"),
    ("邓", "Deng"),
    ("冯", "Feng"),
    ("曾", "Zeng"),
    ("彭", "Peng"),
    ("潘", "Pan"),
    ("杨", "Yang"),
    ("周", "Zhou"),
    ("苏", "Su"),
    ("罗", "Luo"),
    ("钟", "Zhong"),
];

const GIVEN: [(&str, &str); 40] = [
    ("建国", "Jianguo"),
    ("海燕", "Haiyan"),
    ("志强", "Zhiqiang"),
    ("秀英", "Xiuying"),
    ("明华", "Minghua"),
    ("丽娟", "Lijuan"),
    ("永福", "Yongfu"),
    ("春梅", "Chunmei"),
    ("文杰", "Wenjie"),
    ("晓东", "Xiaodong"),
    ("雪芳", "Xuefang"),
    ("国栋", "Guodong"),
    ("小玲", "Xiaoling"),
    ("伟民", "Weimin"),
    ("少芬", "Shaofen"),
    ("振宇", "Zhenyu"),
    ("美珍", "Meizhen"),
    ("家豪", "Jiahao"),
    ("玉兰", "Yulan"),
    ("俊峰", "Junfeng"),
    ("桂香", "Guixiang"),
    ("志远", "Zhiyuan"),
    ("思敏", "Simin"),
    ("德明", "Deming"),
    ("雅琴", "Yaqin"),
    ("卫东", "Weidong"),
    ("婉清", "Wanqing"),
    ("浩然", "Haoran"),
    ("素珍", "Suzhen"),
    ("景行", "Jingxing"),
    ("月娥", "Yue'e"),
    ("子轩", "Zixuan"),
    ("惠芳", "Huifang"),
    ("立新", "Lixin"),
    ("静怡", "Jingyi"),
    ("庆生", "Qingsheng"),
    ("嘉欣", "Jiaxin"),
    ("康宁", "Kangning"),
    ("凤仪", "Fengyi"),
    ("向阳", "Xiangyang"),
];

const UNITS: [&str; 12] = [
    "finance",
    "education",
    "health",
    "housing",
    "agriculture",
    "labour",
    "civil-affairs",
    "transport",
    "water",
    "discipline",
    "women",
    "disabled",
];

/// Who is on no team: their number, role, where, unit.
const OTHERS: [(&str, &str, &str, &str); 14] = [
    ("admin-01", "admin", "zjedz", ""),
    ("o-01", "office", "zjedz", ""),
    ("o-02", "office", "zjedz", ""),
    ("mgr-01", "manager", "zjedz", ""),
    ("i-01", "inspector", "zjedz", "finance"),
    ("i-02", "inspector", "zjedz", "discipline"),
    ("i-03", "inspector", "zjedz", "agriculture"),
    ("i-04", "inspector", "zjedz", "civil-affairs"),
    ("i-05", "inspector", "zjedz", "education"),
    ("i-06", "inspector", "zjedz", "health"),
    ("t-dongshan", "town", "440811070", ""),
    ("t-dongjian", "town", "440811071", ""),
    ("t-minan", "town", "440811072", ""),
    ("t-naozhou", "town", "440811173", ""),
];

/// How many are on the team of the village that is `i`-th in the file: three or four in turn.
fn team_size(i: usize) -> usize {
    3 + i % 2
}

/// The members, in the order of villages, each team's lead first: (number of the village, whether they lead).
fn members(villages: &[Village]) -> impl Iterator<Item = (usize, bool)> {
    (0..villages.len()).flat_map(|i| (0..team_size(i)).map(move |n| (i, n == 0)))
}

fn unit_of(village: usize) -> &'static str {
    UNITS[village % UNITS.len()]
}

fn person(nth: usize, id: &str, unit: &str) -> String {
    let (surname, surname_en) = SURNAMES[nth * 7 % SURNAMES.len()];
    let (given, given_en) = GIVEN[nth * 11 % GIVEN.len()];
    format!("{id},演示·{surname}{given},Demo {surname_en} {given_en},{unit},是\n")
}

pub(super) fn people(villages: &[Village]) -> String {
    let mut out = String::from("person,name,name_en,unit,demo\n");
    for (nth, (id, _, _, unit)) in OTHERS.iter().enumerate() {
        out.push_str(&person(nth, id, unit));
    }
    for (n, (village, _)) in members(villages).enumerate() {
        out.push_str(&person(OTHERS.len() + n, &format!("m-{:04}", n + 1), unit_of(village)));
    }
    out
}

pub(super) fn teams(villages: &[Village]) -> String {
    let mut out = String::from("village,name,name_en,unit,demo\n");
    for (i, v) in villages.iter().enumerate() {
        let village = v.name.trim_end_matches("委会");
        out.push_str(&format!("{},演示·驻{village}工作队,Demo work team {},{},是\n", v.code, i + 1, unit_of(i)));
    }
    out
}

pub(super) fn stations(villages: &[Village]) -> String {
    let mut out = String::from("person,village,lead,from,to\n");
    for (n, (village, lead)) in members(villages).enumerate() {
        let lead = if lead { "是" } else { "否" };
        out.push_str(&format!("m-{:04},{},{lead},{BASE},\n", n + 1, villages[village].code));
    }
    out
}

pub(super) fn grants() -> String {
    let mut out = String::from("person,role,place,from,to,note\n");
    for (id, role, place, _) in OTHERS {
        out.push_str(&format!("{id},{role},{place},{BASE},,演示\n"));
    }
    out
}
