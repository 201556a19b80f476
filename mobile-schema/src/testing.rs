//! Playing a build from before kinds, or versions of them, were there. Never in a release build.

use std::{collections::BTreeMap, sync::OnceLock};

use crate::{kinds, spec::KindSpec};

static OLDER: OnceLock<BTreeMap<String, Option<&'static KindSpec>>> = OnceLock::new();

/// For the rest of this process these kinds are known up to that version only, and not at all where it is 0. Said once, before any kind is
/// asked for.
pub fn know_only(kinds: impl IntoIterator<Item = (String, u32)>) {
    let older = |(name, version): (String, u32)| {
        let spec = kinds::newest(&name).filter(|_| version > 0).map(|spec| at(spec, version));
        (name, spec)
    };
    OLDER.set(kinds.into_iter().map(older).collect()).expect("what is known is said once");
}

/// What was said of the kind, if anything.
pub(crate) fn older(name: &str) -> Option<Option<&'static KindSpec>> {
    OLDER.get()?.get(name).copied()
}

/// The kind as it was in that version: without what came into being later. What had another name then is a field it does not know.
fn at(spec: &KindSpec, version: u32) -> &'static KindSpec {
    let (kept, later) = spec.upcasts.split_at(version as usize - 1);
    let new: Vec<&str> = later.iter().flat_map(|steps| steps.iter()).flat_map(|step| step.introduces()).collect();
    let fields = spec.fields.iter().copied().filter(|f| !new.contains(&f.name)).collect::<Vec<_>>();
    Box::leak(Box::new(KindSpec { version, upcasts: kept.to_vec().leak(), fields: fields.leak(), ..*spec }))
}
