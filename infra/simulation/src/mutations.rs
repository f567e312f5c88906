//! The mutation of the store; see `mutations.rs` of the domain.

use keyturn_application::ports::Commit;
use keyturn_domain::history::{Action, RenewalMethod};
use keyturn_domain::mutations::Mutation;

/// Whether to skip the check of the version that the decision was based on.
pub(crate) fn skips_version_check(commit: &Commit) -> bool {
    let action = commit.change.entry.as_ref().map(|entry| &entry.action);
    Mutation::RedemptionWithoutCondition.is_enabled()
        && action == Some(&Action::Renewed(RenewalMethod::Redemption))
}
