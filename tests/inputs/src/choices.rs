//! Choices derived from bytes. Once the bytes are used up, every choice is the first option, which is the plainest. So
//! short inputs are plain, and shrinking an input makes it plainer.

use arbitrary::Unstructured;

/// The bytes left to choose with.
pub(crate) struct Choices<'a>(Unstructured<'a>);

impl<'a> Choices<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.int_in_range(0..=end - 1).unwrap_or_default()
    }

    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// The first of these three times out of four, otherwise any.
    pub(crate) fn mostly_first<T: Copy>(&mut self, of: &[T]) -> T {
        if self.below(4) < 3 { of[0] } else { self.one(of) }
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    pub(crate) fn bytes(&mut self, max: usize) -> Vec<u8> {
        let length = self.below(max + 1).min(self.0.len());
        self.0.bytes(length).map(<[u8]>::to_vec).unwrap_or_default()
    }

    /// A string of at most this many bytes, before invalid UTF-8 is replaced.
    pub(crate) fn string(&mut self, max: usize) -> String {
        String::from_utf8_lossy(&self.bytes(max)).into_owned()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [1; N];
        let bytes = self.bytes(N);
        array[..bytes.len()].copy_from_slice(&bytes);
        array
    }
}
