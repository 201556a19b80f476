//! Names found by what is typed of them: characters (`王`), pinyin (`wangxiaoming`, `wangxi`), initials (`wxm`), or mixed (`王xm`, `wangxm`), with
//! every reading of a character (单 is `shan` and `dan`). Pure.

use pinyin::ToPinyinMulti as _;

/// Most characters of what is typed; a name has fewer.
const MOST: usize = 64;

/// What was typed, without spaces and in small letters.
#[derive(Debug, Clone)]
pub struct Typed(Vec<char>);

impl Typed {
    /// Of a text. Nothing typed finds everything.
    pub fn of(text: &str) -> Self {
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '\'').flat_map(char::to_lowercase);
        Self(kept.map(|c| if c == 'ü' { 'v' } else { c }).take(MOST).collect())
    }

    /// Whether a name, from some character of it on, begins so.
    pub fn finds(&self, name: &str) -> bool {
        let typed = &self.0;
        if typed.is_empty() {
            return true;
        }
        // How much of what was typed the characters so far may account for, in whatever readings; a name may be entered at each.
        let mut reached = vec![false; typed.len()];
        for c in name.chars().filter(|c| !c.is_whitespace()) {
            reached[0] = true;
            let mut next = vec![false; typed.len()];
            for at in (0..typed.len()).filter(|at| reached[*at]) {
                for taken in steps(c, &typed[at..]) {
                    match at + taken {
                        all if all == typed.len() => return true,
                        part => next[part] = true,
                    }
                }
            }
            reached = next;
        }
        false
    }
}

/// How many of the letters that are left a character may stand for.
fn steps(c: char, left: &[char]) -> Vec<usize> {
    let mut steps = Vec::new();
    if c.to_lowercase().eq(left[..1].iter().copied()) {
        steps.push(1);
    }
    for reading in c.to_pinyin_multi().into_iter().flatten() {
        let syllable = reading.plain();
        let same = syllable.chars().zip(left).take_while(|(letter, typed)| is(*letter, **typed)).count();
        // The whole syllable, the beginning of one that is still being typed, or its initial.
        if same == syllable.chars().count() || same == left.len() {
            steps.push(same);
        }
        let initial = if ["zh", "ch", "sh"].iter().any(|two| syllable.starts_with(two)) { 2 } else { 1 };
        steps.extend(1..=same.min(initial));
    }
    steps.retain(|step| *step > 0);
    steps
}

/// `ü` is typed as `v`, and by some as `u`.
fn is(letter: char, typed: char) -> bool {
    letter == typed || (letter == 'ü' && matches!(typed, 'v' | 'u'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_characters_pinyin_and_initials() {
        for (typed, name) in [
            ("王", "王小明"),
            ("小明", "王小明"),
            ("wangxiaoming", "王小明"),
            ("Wang Xiao Ming", "王小明"),
            ("wangxi", "王小明"),
            ("wxm", "王小明"),
            ("xm", "王小明"),
            ("wangxm", "王小明"),
            ("王xm", "王小明"),
            ("zhangshan", "张珊"),
            ("zhsh", "张珊"),
            ("zs", "张珊"),
            ("lv", "吕布"),
            ("lvbu", "吕布"),
            ("diaowen", "调文村委会"),
            ("tiaowen", "调文村委会"),
            ("twcwh", "调文村委会"),
            ("li ming", "Li Ming"),
            ("", "王小明"),
        ] {
            assert!(Typed::of(typed).finds(name), "{typed} {name}");
        }
    }

    #[test]
    fn every_reading_of_a_character_counts() {
        for (readings, name) in
            [(["shan", "dan"], "单雄信"), (["ceng", "zeng"], "曾国"), (["le", "yue"], "乐天"), (["xie", "jie"], "解缙")]
        {
            for reading in readings {
                assert!(Typed::of(reading).finds(name), "{reading} {name}");
            }
        }
    }

    #[test]
    fn what_is_not_in_a_name_does_not_find_it() {
        for (typed, name) in [
            ("wxl", "王小明"),
            ("ming wang", "王小明"),
            ("ngxiao", "王小明"),
            ("王明", "王小明"),
            ("x", ""),
            ("zx", "张珊"),
        ] {
            assert!(!Typed::of(typed).finds(name), "{typed} {name}");
        }
    }

    #[test]
    fn a_long_name_of_one_syllable_takes_no_longer_than_another() {
        let name = "阿".repeat(100);
        assert!(Typed::of(&"a".repeat(64)).finds(&name));
        assert!(!Typed::of(&("a".repeat(63) + "b")).finds(&name));
    }
}
