//! Rule sets to begin with, worked out from practice: to be read, tried on past days, changed, and only then written.

/// A document that ships.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// `attendance` or `holidays`.
    pub key: &'static str,
    /// Its title in Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
    /// The document, as JSON.
    pub body: &'static str,
}

/// All of them.
pub const ALL: [Shipped; 5] = [
    Shipped {
        name: "days-a-month",
        key: super::KEY,
        zh: "每月驻村 20 天",
        en: "20 days a month",
        body: include_str!("../../rules/days-a-month.json"),
    },
    Shipped {
        name: "days-a-year",
        key: super::KEY,
        zh: "每年驻村 200 天，工作日须在村过夜",
        en: "200 days a year, with nights, on working days",
        body: include_str!("../../rules/days-a-year.json"),
    },
    Shipped {
        name: "two-windows",
        key: super::KEY,
        zh: "每日上午、下午各一次",
        en: "Two windows a day",
        body: include_str!("../../rules/two-windows.json"),
    },
    Shipped {
        name: "holidays-2025",
        key: super::holidays::KEY,
        zh: "2025 年节假日安排",
        en: "Public holidays of 2025",
        body: include_str!("../../rules/holidays-2025.json"),
    },
    Shipped {
        name: "holidays-2026",
        key: super::holidays::KEY,
        zh: "2026 年节假日安排",
        en: "Public holidays of 2026",
        body: include_str!("../../rules/holidays-2026.json"),
    },
];
