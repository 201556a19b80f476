//! Rules: what counts as presence, who approves what.

use serde_json::Value;

declare! {
    /// A rule with its days of effect. Rules differ from place to place and change, so a rule is data, never code, and an old
    /// day is judged by the rule of that day.
    Rule = "rule", version 1, id Free, ruling;
    lanes { Roster: SERVER_ONLY; }
    fields {
        /// Which rule it is, such as `attendance`. Several versions of one rule share it.
        key: Option<String> = WORD, Office;
        /// Title for people.
        title: Option<String> = NAME, Office;
        /// First day of effect.
        from: Option<String> = Date, Office;
        /// Last day of effect; open when missing.
        to: Option<String> = Date, Office;
        /// What it says, in the form of its key. The largest known, with every holiday of a year, has 4 kB.
        body: Option<Value> = Json { max_bytes: 65_536 }, Office;
    }
}
