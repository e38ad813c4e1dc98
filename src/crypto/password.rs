//! Passwords: every one that has a character of each class is as likely as any other.

use zeroize::Zeroizing;

use super::rng::CryptoRng;

/// So many random bytes are asked for at once: each request is a system call.
const BLOCK: usize = 64;

/// `length` characters out of all `classes` together, at least one of each. The classes have no
/// character in common, are ASCII, none is empty, and there are no more of them than `length`.
pub(crate) fn password(
    length: usize,
    classes: &[Vec<u8>],
    rng: &mut impl CryptoRng,
) -> Zeroizing<Vec<u8>> {
    let alphabet = classes.concat();
    let mut bytes = RandomBytes::new(rng);
    let mut password = Zeroizing::new(Vec::with_capacity(length));
    // Drawn again as a whole: to put a missing class in somewhere would make some passwords likelier.
    loop {
        password.clear();
        password.extend((0..length).map(|_| bytes.pick(&alphabet)));
        let has = |class: &Vec<u8>| password.iter().any(|byte| class.contains(byte));
        if classes.iter().all(has) {
            return password;
        }
    }
}

/// Random bytes, a block at a time.
struct RandomBytes<'a, R> {
    rng: &'a mut R,
    block: Zeroizing<[u8; BLOCK]>,
    used: usize,
}

impl<'a, R: CryptoRng> RandomBytes<'a, R> {
    fn new(rng: &'a mut R) -> Self {
        Self {
            rng,
            block: Zeroizing::new([0; BLOCK]),
            used: BLOCK,
        }
    }

    fn next(&mut self) -> u8 {
        if self.used == BLOCK {
            self.rng.fill_bytes(self.block.as_mut());
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// One of at most 256. Bytes beyond the last multiple of their number are thrown away: they would
    /// make the first ones likelier.
    fn pick(&mut self, alphabet: &[u8]) -> u8 {
        let fair = 256 - 256 % alphabet.len();
        loop {
            let byte = usize::from(self.next());
            if byte < fair {
                return alphabet[byte % alphabet.len()];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng::{self, fixed::FixedRng};
    use super::*;

    fn classes() -> Vec<Vec<u8>> {
        vec![
            (b'a'..=b'z').collect(),
            (b'A'..=b'Z').collect(),
            (b'0'..=b'9').collect(),
        ]
    }

    #[test]
    fn bytes_beyond_the_last_multiple_are_thrown_away() {
        let block: Vec<u8> = [255, 250, 249, 0, 128]
            .into_iter()
            .chain([0; BLOCK - 5])
            .collect();
        let drawn = password(3, &[(b'0'..=b'9').collect()], &mut FixedRng(block));
        assert_eq!(drawn.as_slice(), b"908");
    }

    #[test]
    fn a_password_without_a_class_is_drawn_again() {
        let block: Vec<u8> = [0, 1, 1, 2].into_iter().chain([0; BLOCK - 4]).collect();
        let drawn = password(2, &[b"ab".to_vec(), b"c".to_vec()], &mut FixedRng(block));
        assert_eq!(drawn.as_slice(), b"bc");
    }

    #[test]
    fn every_class_is_there_even_in_the_shortest() {
        let mut rng = rng::system();
        for _ in 0..500 {
            let drawn = password(8, &[classes(), vec![b"!".to_vec()]].concat(), &mut rng);
            assert_eq!(drawn.len(), 8);
            assert!(drawn.iter().any(u8::is_ascii_lowercase));
            assert!(drawn.iter().any(u8::is_ascii_uppercase));
            assert!(drawn.iter().any(u8::is_ascii_digit));
            assert!(drawn.contains(&b'!'));
        }
    }

    /// Pearson's chi-squared over 62 characters; beyond 140 is less likely than one in ten million.
    #[test]
    fn no_character_is_likelier_than_another() {
        let mut counts = [0_u32; 256];
        let mut rng = rng::system();
        for _ in 0..200 {
            for byte in password(1024, &classes(), &mut rng).iter() {
                counts[usize::from(*byte)] += 1;
            }
        }
        let expected = 200.0 * 1024.0 / 62.0;
        let chi: f64 = classes()
            .concat()
            .iter()
            .map(|byte| (f64::from(counts[usize::from(*byte)]) - expected).powi(2) / expected)
            .sum();
        assert!(chi < 140.0, "{chi}");
        assert_eq!(counts.iter().sum::<u32>(), 200 * 1024);
    }
}
