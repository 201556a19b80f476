//! Which of a processor's vectors are used.

use pulp::Arch;

/// A kind of vectors that this processor has.
#[derive(Debug, Clone, Copy)]
pub struct Processor(Arch);

impl Processor {
    /// The widest.
    pub fn best() -> Self {
        Self(Arch::new())
    }

    /// All of them: what every processor of its family has (SSE2, Neon), and the wider ones (AVX2, AVX-512) where present.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self(Arch::Scalar)];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(pulp::x86::V3::try_new().map(|v| Self(Arch::V3(v))));
            all.extend(pulp::x86::V4::try_new().map(|v| Self(Arch::V4(v))));
        }
        all
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Arch::V3(_) => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Arch::V4(_) => "AVX-512",
            _ => "plain",
        }
    }

    /// Runs what is inlined into it with these vectors. No operation is fused: the language does not allow it.
    #[inline(always)]
    pub(crate) fn run<R>(self, what: impl FnOnce() -> R) -> R {
        self.0.dispatch(what)
    }
}
