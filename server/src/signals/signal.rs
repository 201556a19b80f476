//! A signal: what is said, how much it weighs, and what it points to.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sync_protocol::RecordKey;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $zh:literal, $en:literal;)*) => {
        /// What speaks against a photo.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $($(#[doc = $doc])* $name,)* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Code] = &[$(Self::$name,)*];

            /// The stable code.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Sentences, Chinese and English; `{name}` stands for that fact.
            fn sentences(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($zh, $en),)* }
            }
        }
    };
}

codes! {
    /// The very bytes are those of another photo. Strength: see [`super::reuse`].
    SameBytes = "same_bytes",
        "与另一条照片记录的文件完全相同：{apart_zh}",
        "The file is byte for byte that of another photo record: {apart_en}.";
    /// It looks like another photo, saved again, resized, lightened, cropped or stamped. Strength: as above, times 0.9.
    LooksAlike = "looks_alike",
        "与另一条照片记录的画面几乎相同（相似度 {agreement_percent}%）：{apart_zh}",
        "It shows the same picture as another photo record ({agreement_percent} % alike): {apart_en}.";
    /// By its file it was taken long before it was recorded. 0.5 from six hours, 0.6 from a day, 0.7 from a week.
    TakenLongBefore = "taken_long_before",
        "文件写明的拍摄时间比记录早 {early_zh}",
        "By its file it was taken {early_en} before it was recorded.";
    /// By its file it was taken at another time than it was recorded: 0.2 where earlier, 0.3 where later.
    ExifTime = "exif_time",
        "文件写明的拍摄时间与记录相差 {minutes} 分钟（{side_zh}）",
        "The time that its file states is {minutes} min {side_en} than that of the record.";
    /// By its file it was taken elsewhere than the phone was. 0.4 from 1 km, 0.6 from 5 km.
    ExifPlace = "exif_place",
        "文件写明的拍摄地点距手机当时的定位 {distance_m} 米（定位精度 {accuracy_m} 米）",
        "By its file it was taken {distance_m} m from where the phone was (accuracy {accuracy_m} m).";
    /// No position of the phone is known, and by its file it was taken outside the village. 0.4 from 1 km, 0.6 from 5 km.
    ExifOutside = "exif_outside",
        "文件写明的拍摄地点在村界外 {distance_m} 米，当时没有手机定位可核对",
        "By its file it was taken {distance_m} m outside the village, and there is no position of the phone to compare.";
    /// Another camera than that of most photos of the visit by this phone. 0.3.
    CameraChanged = "camera_changed",
        "同一次走访中，本机其他 {others} 张照片多由 {usual} 拍摄，这张由 {camera} 拍摄",
        "Of the visit's {others} other photos by this phone most are by {usual}; this one is by {camera}.";
}

impl Code {
    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

/// What speaks against a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// What.
    pub code: Code,
    /// How much it weighs, 0 to 1. Only a picture used again across villages, people or days weighs more than 0.7.
    pub strength: f64,
    /// A sentence in Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// The other record it points to.
    pub other: Option<RecordKey>,
    /// What it was judged on.
    pub facts: Map<String, Value>,
}

impl Signal {
    /// Of these facts, with which the sentences are filled.
    pub fn new(code: Code, strength: f64, other: Option<RecordKey>, facts: Value) -> Self {
        let Value::Object(mut facts) = facts else { unreachable!("facts are an object") };
        let fill = |sentence: &str| {
            facts.iter().fold(sentence.to_owned(), |text, (name, fact)| {
                let fact = fact.as_str().map_or_else(|| fact.to_string(), str::to_owned);
                text.replace(&format!("{{{name}}}"), &fact)
            })
        };
        let (zh, en) = code.sentences();
        let (zh, en) = (fill(zh), fill(en));
        // What was worded for the sentences is no fact.
        facts.retain(|name, _| !name.ends_with("_zh") && !name.ends_with("_en"));
        Self { code, strength, zh, en, other, facts }
    }
}
