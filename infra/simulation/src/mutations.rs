//! The planted bug of the store; see `planted.rs` of the domain.

use keyturn_application::ports::Commit;
use keyturn_domain::effect::{Action, RenewalMethod};
use keyturn_domain::mutations::Mutation;

/// Whether the version that was decided upon is not looked at.
pub(crate) fn skips_version_check(commit: &Commit) -> bool {
    let action = commit.change.entry.as_ref().map(|entry| &entry.action);
    Mutation::RedemptionWithoutCondition.is_enabled()
        && action == Some(&Action::Renewed(RenewalMethod::Redemption))
}
