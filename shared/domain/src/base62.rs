//! Fixed-width base62, the alphabet in ASCII order (`0-9A-Za-z`), so that the digits of a UUIDv7 sort by time.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What each byte is worth as a digit; 62 for those that are none.
const DIGITS: [u8; 256] = {
    let mut digits = [62; 256];
    let mut value = 0;
    while value < 62 {
        digits[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

/// Digits that are handled at once: 62 to the fifth fits a word, and every request decodes two numbers.
const AT_ONCE: usize = 5;

/// The digits of a big-endian number, padded to `width`. The caller chooses a width that fits every input.
pub(crate) fn encode(bytes: &[u8], width: usize) -> String {
    let mut words: Vec<u32> = bytes
        .rchunks(4)
        .rev()
        .map(|word| word.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
        .collect();
    let mut digits = vec![b'0'; width];
    for group in digits.rchunks_mut(AT_ONCE) {
        let mut remainder = 0_u64;
        for word in &mut words {
            let value = (remainder << 32) | u64::from(*word);
            *word = u32::try_from(value / scale(AT_ONCE)).unwrap_or_default();
            remainder = value % scale(AT_ONCE);
        }
        for digit in group.iter_mut().rev() {
            *digit = ALPHABET[usize::try_from(remainder % 62).unwrap_or_default()];
            remainder /= 62;
        }
    }
    digits.into_iter().map(char::from).collect()
}

/// The number that the digits stand for, or `None` for a foreign character or a number wider than `N` bytes, where `N` is
/// a multiple of 4.
pub(crate) fn decode<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut number = [0_u8; N];
    for group in digits.as_bytes().chunks(AT_ONCE) {
        let mut carry = 0_u64;
        for digit in group {
            let value = DIGITS[usize::from(*digit)];
            if value == 62 {
                return None;
            }
            carry = carry * 62 + u64::from(value);
        }
        for word in number.rchunks_exact_mut(4) {
            let value = word.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
            let value = value * scale(group.len()) + carry;
            let [.., a, b, c, d] = value.to_be_bytes();
            word.copy_from_slice(&[a, b, c, d]);
            carry = value >> 32;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}

/// 62 to the power of a number of digits.
const fn scale(digits: usize) -> u64 {
    62_u64.pow(digits as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn widths_fit_the_largest_number() {
        assert_eq!(decode::<16>(&encode(&[0xff; 16], 22)), Some([0xff; 16]));
        assert_eq!(decode::<32>(&encode(&[0xff; 32], 43)), Some([0xff; 32]));
        assert_eq!(decode::<4>(&encode(&[0xff; 4], 6)), Some([0xff; 4]));
    }

    #[test]
    fn encodes_known_numbers() {
        assert_eq!(encode(&[0xff; 4], 6), "4gfFC3");
        assert_eq!(encode(&(1_u128 << 64).to_be_bytes(), 22), "00000000000LygHa16AHYG");
        assert_eq!(decode::<4>("00000z"), Some([0, 0, 0, 61]));
    }

    #[test]
    fn rejects_overflow_and_other_characters() {
        assert_eq!(decode::<4>("zzzzzz"), None);
        assert_eq!(decode::<4>("00000-"), None);
    }

    proptest! {
        #[test]
        fn round_trips(bytes: [u8; 32]) {
            prop_assert_eq!(decode::<32>(&encode(&bytes, 43)), Some(bytes));
        }

        #[test]
        fn preserves_order(a: [u8; 16], b: [u8; 16]) {
            prop_assert_eq!(a.cmp(&b), encode(&a, 22).cmp(&encode(&b, 22)));
        }
    }
}
