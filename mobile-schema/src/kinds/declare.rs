//! The macro by which a kind is declared once, and becomes both a [`KindSpec`](crate::KindSpec) and a struct.

/// Declares a kind. In order: the name of its struct, its name on the wire, version, id rule and, if it is, `ruling`; its
/// lanes, each with who writes there from a phone; its fields, each with the Rust type it is read as, its type on the wire,
/// and its merge policy; and, where it has more than one version, for each but the newest the steps to the next.
macro_rules! declare {
    (
        $(#[doc = $doc:literal])+
        $Struct:ident = $name:literal, version $version:literal, id $id:ident $(, $ruling:ident)?;
        lanes { $($lane:ident: $writers:expr;)+ }
        fields {
            $(
                $(#[doc = $field_doc:literal])+
                $field:ident: $rust:ty = $ty:expr, $policy:ident;
            )+
        }
        $(upcasts { $($steps:expr;)+ })?
    ) => {
        $(#[doc = $doc])+
        ///
        /// Read from the fields of a merged record.
        #[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
        #[serde(default)]
        pub struct $Struct {
            $($(#[doc = $field_doc])+ pub $field: $rust,)+
        }

        /// How the kind is judged and merged.
        pub static SPEC: crate::spec::KindSpec = {
            #[allow(unused_imports)]
            use crate::kinds::common::*;
            #[allow(unused_imports)]
            use crate::spec::FieldType::*;
            crate::spec::KindSpec {
                name: $name,
                version: $version,
                id: crate::spec::IdRule::$id,
                ruling: declare!(@ruling $($ruling)?),
                lanes: &[$(crate::spec::LaneRule { lane: crate::place::Lane::$lane, writers: $writers },)+],
                fields: &[$(crate::spec::FieldSpec {
                    name: crate::kinds::declare::wire_name(stringify!($field)),
                    ty: $ty,
                    policy: crate::spec::Policy::$policy,
                    doc: concat!($($field_doc),+).trim_ascii(),
                },)+],
                upcasts: &[$($($steps,)+)?],
                doc: concat!($($doc),+).trim_ascii(),
            }
        };
    };
    (@ruling ruling) => { true };
    (@ruling) => { false };
}

/// A field may be a word of Rust: `r#type` is `type` on the wire, as serde has it.
pub(crate) const fn wire_name(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}
