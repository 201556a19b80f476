//! When values are equal (`PROTOCOL.md`, section 8), by construction: one value spelt in two ways is one, two values however spelt are two.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::value::RawValue;
use sync_protocol::canonical::canonical;

/// A value apart from its spelling.
#[derive(Debug, Clone, PartialEq)]
enum Tree {
    Word(&'static str),
    /// Sign, digits without zeros at either end (none: zero), power of ten.
    Number(bool, String, i32),
    Text(String),
    List(Vec<Tree>),
    Object(BTreeMap<String, Tree>),
}

/// Choices, over and over.
struct Choices(std::iter::Cycle<std::vec::IntoIter<u8>>);

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        usize::from(self.0.next().expect("it never ends")) % n
    }

    fn space(&mut self) -> &'static str {
        ["", "", " ", "\t", "\n "][self.below(5)]
    }
}

fn spell(tree: &Tree, choices: &mut Choices) -> String {
    match tree {
        Tree::Word(word) => (*word).to_owned(),
        Tree::Number(minus, digits, power) => number(*minus, digits, *power, choices),
        Tree::Text(text) => quoted(text, choices),
        Tree::List(list) => {
            let list = list.iter().map(|tree| spaced(spell(tree, choices), choices)).collect::<Vec<_>>();
            format!("[{}{}]", choices.space(), list.join(","))
        }
        Tree::Object(members) => {
            let member = |(name, tree): (&String, &Tree)| {
                let name = spaced(quoted(name, choices), choices);
                format!("{name}:{}", spaced(spell(tree, choices), choices))
            };
            let mut members: Vec<String> = members.iter().map(member).collect();
            let by = choices.below(members.len().max(1));
            members.rotate_left(by);
            format!("{{{}{}}}", choices.space(), members.join(","))
        }
    }
}

fn spaced(text: String, choices: &mut Choices) -> String {
    format!("{}{text}{}", choices.space(), choices.space())
}

fn quoted(text: &str, choices: &mut Choices) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let escape = choices.below(3) == 0 || matches!(c, '"' | '\\') || c < ' ';
        let mut units = [0; 2];
        match escape {
            true => out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}"))),
            false => out.push(c),
        }
    }
    format!("\"{out}\"")
}

/// The point anywhere, zeros behind, and the exponent that makes up for both.
fn number(minus: bool, digits: &str, power: i32, choices: &mut Choices) -> String {
    let sign = if minus { "-" } else { "" };
    if digits.is_empty() {
        return ["0", "-0", "0.00", "0e7", "-0.0E-3"][choices.below(5)].to_owned();
    }
    let (zeros, fraction) = (choices.below(3), choices.below(digits.len() + 3));
    let digits = format!("{digits}{}", "0".repeat(zeros));
    let padded = format!("{digits:0>width$}", width = fraction + 1);
    let (whole, behind) = padded.split_at(padded.len() - fraction);
    let mantissa = if fraction == 0 { whole.to_owned() } else { format!("{whole}.{behind}") };
    match power - zeros as i32 + fraction as i32 {
        0 if choices.below(2) == 0 => format!("{sign}{mantissa}"),
        exponent if exponent < 0 => format!("{sign}{mantissa}e{exponent}"),
        exponent => format!("{sign}{mantissa}{}{exponent}", ["e", "E", "e+", "E+0"][choices.below(4)]),
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let digits = prop_oneof![Just(String::new()), "[1-9]", "[1-9][0-9]{0,25}[1-9]"];
    let numbers = (any::<bool>(), digits, -3..4i32).prop_map(|(minus, digits, power)| match digits.is_empty() {
        true => Tree::Number(false, digits, 0),
        false => Tree::Number(minus, digits, power),
    });
    let texts = prop_oneof!["[ab1]{0,2}", "[\"\\\\\u{1}村😀,:]{0,3}"];
    let words = prop::sample::select(vec!["true", "false", "null"]).prop_map(Tree::Word);
    let leaves = prop_oneof![words, numbers, texts.prop_map(Tree::Text)];
    leaves.prop_recursive(3, 12, 3, |inner| {
        let lists = prop::collection::vec(inner.clone(), 0..3).prop_map(Tree::List);
        prop_oneof![lists, prop::collection::btree_map("[ab]?", inner, 0..3).prop_map(Tree::Object)]
    })
}

fn form(tree: &Tree, choices: Vec<u8>) -> String {
    let text = spell(tree, &mut Choices(choices.into_iter().cycle()));
    canonical(&RawValue::from_string(text.trim().to_owned()).expect("a spelling is JSON"))
}

fn choices() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_is_equal_to_itself_however_spelt(tree in trees(), one in choices(), other in choices()) {
        prop_assert_eq!(form(&tree, one), form(&tree, other));
    }

    #[test]
    fn two_values_differ_however_spelt(a in trees(), b in trees(), one in choices(), other in choices()) {
        prop_assert_eq!(a == b, form(&a, one) == form(&b, other));
    }
}
