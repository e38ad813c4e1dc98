//! Where randomness comes from. Everything that draws takes a generator, so that published vectors
//! can be run through the very same code.

pub(crate) use getrandom::rand_core::{CryptoRng, Rng};
use getrandom::{SysRng, rand_core::UnwrapErr};

/// The operating system's generator. Linux waits for entropy at boot and does not fail after that;
/// should it ever, the process ends rather than go on with a predictable key.
pub(crate) fn system() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

#[cfg(test)]
pub(crate) mod fixed {
    //! Bytes known beforehand, for vectors.

    use std::convert::Infallible;

    use getrandom::rand_core::{TryCryptoRng, TryRng};

    /// Hands out the given bytes in order, and panics when they are used up.
    #[derive(Debug)]
    pub(crate) struct FixedRng(pub(crate) Vec<u8>);

    impl TryRng for FixedRng {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            unreachable!("keys and nonces are drawn as bytes")
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            unreachable!("keys and nonces are drawn as bytes")
        }

        fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
            let rest = self.0.split_off(dst.len());
            dst.copy_from_slice(&std::mem::replace(&mut self.0, rest));
            Ok(())
        }
    }

    impl TryCryptoRng for FixedRng {}
}
