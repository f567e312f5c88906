//! Reports of leaks, of a token's string or of a request token, good or bad.

use keyturn_application::ports::{LeakReport, LeakReports as _, ReportedString, TokenStore as _};
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::LeakSource;
use keyturn_domain::secret::Kind;

use crate::steps::World;
use crate::support::make::hash;

/// Reports a string of this token. The next sweep works it off.
pub(crate) async fn report(world: &World, id: TokenId, choice: u64) {
    let Some(token) = world.stores.token(id).await.unwrap() else { return };
    let redeemed = token.redeemed.as_ref().map(|redeemed| redeemed.hash);
    let pending = token.pending.as_ref().map(|pending| pending.hash);
    let (kind, hash) = match (choice % 4, pending.or(redeemed)) {
        (0, _) => (Kind::Token, hash(choice.into())),
        (1, Some(request_token)) => (Kind::Request, request_token),
        _ => (Kind::Token, token.hash),
    };
    let report = LeakReport {
        id: world.context().fresh_id(),
        at: world.now(),
        source: LeakSource::Anybody,
        strings: vec![ReportedString { kind, token: id, hash, found_at: None }],
    };
    world.stores.store(&report).await.unwrap();
}
