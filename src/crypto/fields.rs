//! Length-prefixed fields: the one encoding of everything that is authenticated.
//!
//! Each field is its length as a 32-bit big-endian number and its bytes. Read from the front, the
//! encoding can only be taken apart in one way, so two different sequences of fields never encode
//! alike, whatever the fields contain.

/// A sequence of fields, opened by the label of its domain.
#[derive(Debug)]
pub(crate) struct Fields(Vec<u8>);

impl Fields {
    /// Starts with `domain`, which keeps one use of a key apart from another.
    pub(crate) fn new(domain: &str) -> Self {
        Self(Vec::new()).field(domain)
    }

    /// Appends one field.
    pub(crate) fn field(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        let length = u32::try_from(bytes.len()).expect("no field has 4 GiB");
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    /// The encoding.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn a_field_is_its_big_endian_length_and_its_bytes() {
        let encoded = Fields::new("d").field("ab").field("").into_bytes();
        assert_eq!(encoded, b"\0\0\0\x01d\0\0\0\x02ab\0\0\0\0");
    }

    #[test]
    fn moving_a_byte_over_a_boundary_changes_the_encoding() {
        let left = Fields::new("d").field("ab").field("c").into_bytes();
        let right = Fields::new("d").field("a").field("bc").into_bytes();
        assert_ne!(left, right);
    }

    #[test]
    fn an_empty_field_is_not_an_absent_one() {
        let empty = Fields::new("d").field("").into_bytes();
        assert_ne!(empty, Fields::new("d").into_bytes());
    }
}
