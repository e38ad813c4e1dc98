//! What holds for any value and any change, in every suite.

use std::sync::LazyLock;

use proptest::{collection::vec, prelude::*, sample::select};

use super::{BindingKind, Envelope, Error, Place, StoreKey, Suite};

const PLACE: Place<'_> = Place {
    kind: "Secret",
    namespace: "shop",
    store: "payments",
    name: "card",
    key: "token",
};

static KEYS: LazyLock<[StoreKey; 3]> = LazyLock::new(|| Suite::ALL.map(StoreKey::generate));

fn keys() -> impl Strategy<Value = &'static StoreKey> {
    select(KEYS.iter().collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_come_back_as_they_were_sealed(
        key in keys(),
        binding in select(BindingKind::ALL.to_vec()),
        value in vec(any::<u8>(), 0..300),
    ) {
        let envelope = key.seal(binding, &PLACE, &value).unwrap();
        prop_assert_eq!(envelope.payload().len(), value.len() + key.suite().overhead());
        let (opened, bound) = key.open(&envelope, &BindingKind::ALL, &PLACE).unwrap();
        prop_assert_eq!(opened.expose(), value);
        prop_assert_eq!(bound, binding);
    }

    #[test]
    fn any_flipped_bit_of_the_text_keeps_an_envelope_shut(
        key in keys(),
        value in vec(any::<u8>(), 0..20),
        at in any::<prop::sample::Index>(),
        bit in 0..7_u8,
    ) {
        let text = key.seal(BindingKind::Store, &PLACE, &value).unwrap().to_string();
        let mut flipped = text.into_bytes();
        let at = at.index(flipped.len());
        flipped[at] ^= 1 << bit;
        let flipped = String::from_utf8(flipped).unwrap();
        let opened = Envelope::parse(&flipped)
            .and_then(|envelope| key.open(&envelope, &BindingKind::ALL, &PLACE));
        prop_assert!(opened.is_err());
    }

    #[test]
    fn any_flipped_bit_of_the_payload_keeps_an_envelope_shut(
        key in keys(),
        value in vec(any::<u8>(), 0..20),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let envelope = key.seal(BindingKind::Strict, &PLACE, &value).unwrap();
        let mut payload = envelope.payload().to_vec();
        let at = at.index(payload.len());
        payload[at] ^= 1 << bit;
        let opened =
            key.open(&Envelope::new(key.id(), payload), &BindingKind::ALL, &PLACE);
        prop_assert_eq!(opened.unwrap_err(), Error::DoesNotOpen);
    }
}
