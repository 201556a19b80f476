use super::*;

const GOOD: &str = "key: teams
version: 1
title: 清单
sections:
  - title: 在岗
    items:
      - { key: here, type: yes_no, label: 在村 }
      - key: why
        type: text
        label: 原因
        when: { item: here, is: false }
";

fn bad(file: &str) -> Vec<String> {
    faults(Kind::Templates, file.as_bytes(), &context())
}

#[test]
fn templates_twice_change_nothing_and_a_changed_one_needs_a_new_version() {
    let written = twice_changes_nothing(Kind::Templates, GOOD.as_bytes(), &context());
    let changed = GOOD.replace("原因", "理由");
    let fault = plan(Kind::Templates, changed.as_bytes(), &context(), &written.known()).unwrap_err();
    assert_eq!((fault[0].line, fault[0].code), (1, "template_version_taken"));
    let next = changed.replace("version: 1", "version: 2");
    assert_eq!(good(Kind::Templates, next.as_bytes(), &written.known()).drafts[0].id, "teams@2");
}

#[test]
fn a_file_may_have_several() {
    let two = format!("# first\n---\n{GOOD}---\n{}", GOOD.replace("version: 1", "version: 2"));
    assert_eq!(good(Kind::Templates, two.as_bytes(), &known()).report.created, 2);
    assert_eq!(bad(&format!("{GOOD}---\n{GOOD}")), ["13 key duplicate"]);
}

#[test]
fn every_fault_of_a_template_is_told_by_its_line() {
    let file = GOOD
        .replace("type: yes_no", "type: yes_no, weight: -1")
        .replace("        label: 原因", "        guidence: 问\n        label: ''")
        .replace("is: false", "is: 3");
    assert_eq!(
        bad(&file),
        [
            "7 sections[0].items[0].weight bad_template",
            "8 sections[0].items[1].guidence member_unknown",
            "8 sections[0].items[1].label bad_template",
            "8 sections[0].items[1].when bad_template",
        ]
    );
    assert_eq!(bad("key: [\n"), ["2  bad_syntax"]);
    assert_eq!(bad("just text"), ["1  bad_syntax"]);
    assert_eq!(bad(&GOOD.replace("title: 清单", "title: 清单\ntitle: 另一个")), ["1  bad_syntax"]);
    let bomb = (1..40).fold("a0: &a0 [x,x]\n".to_owned(), |t, i| format!("{t}a{i}: &a{i} [*a{0},*a{0}]\n", i - 1));
    assert_eq!(bad(&bomb).len(), 1);
}
