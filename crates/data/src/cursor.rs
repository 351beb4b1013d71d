//! Places in a list, signed, so that nobody reads keys that their token does not show by making one up.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{Error, Result};

/// Bytes of the signature that are kept: 128 bits.
const SIGNATURE: usize = 16;

/// Signs and checks cursors with one key.
pub(crate) struct Cursors {
    key: [u8; 32],
}

impl Cursors {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The cursor to the place `next` in the list that `list` describes: dataset and range.
    pub(crate) fn seal(&self, list: &[&[u8]], next: &[u8]) -> String {
        let mut bytes = self.sign(list, next).to_vec();
        bytes.extend_from_slice(next);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place of a cursor.
    ///
    /// # Errors
    /// It was not made here, or for another list.
    pub(crate) fn open(&self, list: &[&[u8]], cursor: &str) -> Result<Bytes> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::ForeignCursor)?;
        let (signature, next) = bytes.split_at_checked(SIGNATURE).ok_or(Error::ForeignCursor)?;
        // Both sides are public to whoever asks; the comparison need not hide its time, but it costs nothing.
        let expected = self.sign(list, next);
        let differs = signature.iter().zip(expected).fold(0, |all, (a, b)| all | (a ^ b));
        if differs != 0 {
            return Err(Error::ForeignCursor);
        }
        Ok(Bytes::copy_from_slice(next))
    }

    fn sign(&self, list: &[&[u8]], next: &[u8]) -> [u8; SIGNATURE] {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of 32 bytes");
        for part in list.iter().chain([&next]) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        std::array::from_fn(|at| whole[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_list_takes_it() {
        let cursors = Cursors::new([7; 32]);
        let cursor = cursors.seal(&[b"users", b"a"], b"k\0\xff");
        assert_eq!(&cursors.open(&[b"users", b"a"], &cursor).unwrap()[..], b"k\0\xff");
        for (list, cursor) in [
            (&[&b"teams"[..], b"a"], cursor.as_str()),
            (&[b"usersa", b""], &cursor),
            (&[b"users", b"a"], &cursor[1..]),
            (&[b"users", b"a"], &format!("{cursor}A")),
            (&[b"users", b"a"], "not a cursor"),
            (&[b"users", b"a"], ""),
        ] {
            assert!(matches!(cursors.open(list, cursor), Err(Error::ForeignCursor)), "{cursor}");
        }
        assert!(Cursors::new([8; 32]).open(&[b"users", b"a"], &cursor).is_err());
    }
}
