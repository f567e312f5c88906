//! Fixed-width base62, the alphabet in ASCII order (`0-9A-Za-z`), so that the digits of a UUIDv7 sort by time.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The digits of a big-endian number, padded to `width`. The caller chooses a width that fits every input.
pub(crate) fn encode(bytes: &[u8], width: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits = vec![0_u8; width];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0_u32;
        for byte in &mut number {
            let value = (remainder << 8) | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or_default();
            remainder = value % 62;
        }
        *digit = ALPHABET[remainder as usize];
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// The number that the digits stand for, or `None` for a foreign character or a number wider than `N` bytes.
pub(crate) fn decode<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut number = [0_u8; N];
    for digit in digits.bytes() {
        let mut carry = ALPHABET.iter().position(|candidate| *candidate == digit)?;
        for byte in number.iter_mut().rev() {
            let value = usize::from(*byte) * 62 + carry;
            *byte = u8::try_from(value & 0xff).unwrap_or_default();
            carry = value >> 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn widths_of_the_format_fit_their_largest_number() {
        assert_eq!(decode::<16>(&encode(&[0xff; 16], 22)), Some([0xff; 16]));
        assert_eq!(decode::<32>(&encode(&[0xff; 32], 43)), Some([0xff; 32]));
        assert_eq!(decode::<4>(&encode(&[0xff; 4], 6)), Some([0xff; 4]));
    }

    #[test]
    fn too_large_or_foreign_digits_are_refused() {
        assert_eq!(decode::<4>("zzzzzz"), None);
        assert_eq!(decode::<4>("00000-"), None);
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_itself(bytes: [u8; 32]) {
            prop_assert_eq!(decode::<32>(&encode(&bytes, 43)), Some(bytes));
        }

        #[test]
        fn order_is_kept(a: [u8; 16], b: [u8; 16]) {
            prop_assert_eq!(a.cmp(&b), encode(&a, 22).cmp(&encode(&b, 22)));
        }
    }
}
