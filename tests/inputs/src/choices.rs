//! Decisions drawn from bytes: the same bytes decide the same, and when they are used up every decision is the first
//! choice, which is the plainest. So a short input is a plain one, and shrinking an input makes it plainer.

use arbitrary::Unstructured;

/// Bytes that have not decided anything yet.
pub(crate) struct Choices<'a>(Unstructured<'a>);

impl<'a> Choices<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    /// Whether any bytes are left.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.int_in_range(0..=end - 1).unwrap_or_default()
    }

    /// One of these, the first if nothing is left to decide.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// The first of these three times out of four, otherwise one of them all.
    pub(crate) fn mostly<T: Copy>(&mut self, of: &[T]) -> T {
        if self.below(4) < 3 { of[0] } else { self.one(of) }
    }

    /// Whether to do what is done once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    /// Up to this many bytes.
    pub(crate) fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most + 1).min(self.0.len());
        self.0.bytes(length).map(<[u8]>::to_vec).unwrap_or_default()
    }

    /// A text of up to this many bytes.
    pub(crate) fn text(&mut self, most: usize) -> String {
        String::from_utf8_lossy(&self.bytes(most)).into_owned()
    }

    /// All bytes that are left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.0.take_rest()
    }
}
