//! A place for files: a folder, or a part of a store that speaks S3. Pure.

use std::{fmt, path::PathBuf, str::FromStr};

/// Where files go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// All keys of a bucket that begin so.
    S3(S3Prefix),
}

/// The keys of a bucket that begin with a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Prefix {
    /// The bucket.
    pub bucket: String,
    /// Empty, or ends with a slash.
    pub prefix: String,
}

/// What a [`Place`] is written like.
pub const FORM: &str = "the path of a folder, or s3://BUCKET/PREFIX";

/// It is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("give {FORM}")]
pub struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    /// `folder:` may stand before a path, as `s3://` stands before a bucket.
    fn from_str(text: &str) -> Result<Self, NoPlace> {
        if text.starts_with("s3:") {
            return text.parse().map(Place::S3);
        }
        let path = text.strip_prefix("folder:").unwrap_or(text);
        if path.is_empty() || path.contains("://") { Err(NoPlace) } else { Ok(Place::Folder(path.into())) }
    }
}

impl FromStr for S3Prefix {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let rest = text.strip_prefix("s3://").ok_or(NoPlace)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        let named = (3..=63).contains(&bucket.len()) && bucket.chars().all(plain);
        let prefix = prefix.trim_end_matches('/');
        let empty_part =
            !prefix.is_empty() && prefix.split('/').any(|part| part.is_empty() || part == "." || part == "..");
        if !named || empty_part || prefix.contains(char::is_control) {
            return Err(NoPlace);
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for S3Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Folder(path) => path.display().fmt(f),
            Place::S3(prefix) => prefix.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_prefixes_are_told_apart() {
        let s3 = |bucket: &str, prefix: &str| Ok(Place::S3(S3Prefix { bucket: bucket.into(), prefix: prefix.into() }));
        for (text, place) in [
            ("/mnt/ship", Ok(Place::Folder("/mnt/ship".into()))),
            ("folder:/mnt/ship", Ok(Place::Folder("/mnt/ship".into()))),
            ("folder:ship", Ok(Place::Folder("ship".into()))),
            ("s3://zhucun", s3("zhucun", "")),
            ("s3://zhucun/", s3("zhucun", "")),
            ("s3://zhucun/a/b", s3("zhucun", "a/b/")),
            ("s3://zhucun/a/", s3("zhucun", "a/")),
            ("", Err(NoPlace)),
            ("folder:", Err(NoPlace)),
            ("s3://", Err(NoPlace)),
            ("s3:zhucun", Err(NoPlace)),
            ("s3://Zhucun/a", Err(NoPlace)),
            ("s3://zhucun//a", Err(NoPlace)),
            ("s3://zhucun/../a", Err(NoPlace)),
            ("https://zhucun/a", Err(NoPlace)),
        ] {
            assert_eq!(text.parse::<Place>(), place, "{text}");
        }
        assert_eq!("s3://zhucun/a".parse::<Place>().unwrap().to_string(), "s3://zhucun/a/");
    }
}
