//! The context that a sealed secret is bound to, in the form of each sealer.

use std::collections::HashMap;

use keyturn_application::ports::SealContext;

/// The names and values of a context. The names appear in KMS's audit log and may appear in key policies.
fn fields(context: &SealContext) -> [(&'static str, String); 3] {
    [
        ("companyId", context.company.to_string()),
        ("tokenId", context.token.to_string()),
        ("purpose", context.purpose.as_str().to_owned()),
    ]
}

/// The encryption context for KMS.
pub(crate) fn encryption_context(context: &SealContext) -> HashMap<String, String> {
    fields(context).map(|(name, value)| (name.to_owned(), value)).into()
}

/// The additional authenticated data. Each part is prefixed with its length, so no two contexts have the same bytes.
pub(crate) fn additional_data(version: u8, context: &SealContext) -> Vec<u8> {
    let mut data = vec![version];
    for (name, value) in fields(context) {
        for part in [name, &value] {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part.as_bytes());
        }
    }
    data
}

#[cfg(test)]
pub(crate) mod tests {
    use keyturn_application::ports::{Purpose, SEALABLE_BYTES, Sealer};
    use keyturn_domain::ids::TokenId;
    use uuid::Uuid;

    use super::*;

    /// A context.
    pub(crate) fn context(company: &str, token: u128, purpose: Purpose) -> SealContext {
        SealContext {
            company: company.parse().unwrap(),
            token: TokenId::new(Uuid::from_u128(token)),
            purpose,
        }
    }

    /// A context, and others that each differ from it in one part.
    pub(crate) fn contexts() -> (SealContext, [SealContext; 5]) {
        let others = [
            context("acme2", 7, Purpose::TokenString),
            context("acm", 7, Purpose::TokenString),
            context("acme", 8, Purpose::TokenString),
            context("acme", 7, Purpose::RequestToken),
            context("acme", 7, Purpose::SigningSecret),
        ];
        (context("acme", 7, Purpose::TokenString), others)
    }

    /// Fails unless the sealer takes and refuses the same lengths as KMS.
    pub(crate) async fn assert_kms_lengths(sealer: &impl Sealer) {
        let (own, _) = contexts();
        for length in [1, SEALABLE_BYTES] {
            let text = "x".repeat(length);
            let sealed = sealer.seal(&own, &text).await.unwrap();
            assert_eq!(sealer.open(&own, &sealed).await.unwrap(), text);
        }
        for length in [0, SEALABLE_BYTES + 1] {
            assert!(sealer.seal(&own, &"x".repeat(length)).await.is_err(), "{length} bytes");
        }
    }

    #[test]
    fn every_part_counts() {
        let (own, others) = contexts();
        for other in others {
            assert_ne!(additional_data(1, &own), additional_data(1, &other), "{other:?}");
            assert_ne!(encryption_context(&own), encryption_context(&other), "{other:?}");
        }
        assert_ne!(additional_data(1, &own), additional_data(2, &own));
    }

    #[test]
    fn the_format_of_additional_data_is_stable() {
        let part = |text: &str| [&(text.len() as u64).to_be_bytes(), text.as_bytes()].concat();
        let id = "00000000-0000-0000-0000-000000000007";
        let parts = ["companyId", "acme", "tokenId", id, "purpose", "token-string"].map(part);
        assert_eq!(additional_data(1, &contexts().0), [vec![1], parts.concat()].concat());
    }
}
