//! People, installs, tokens, and what a principal may do.
pub mod scopes {
    //! stand-in
    /// x
    pub struct Readable;
    impl Readable {
        /// x
        pub fn may_read(&self, _s: &str) -> bool { true }
        /// x
        pub fn condition(&self, _c: impl sea_orm::ColumnTrait) -> sea_orm::Condition { sea_orm::Condition::all() }
    }
}
