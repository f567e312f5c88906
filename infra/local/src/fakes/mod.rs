//! Stand-ins for the AWS services that send mails and publish events. They take what the real SDK clients send,
//! refuse what the services refuse, and keep what they accepted, so that a page or a test can look at it.

pub(crate) mod answer;
pub(crate) mod eventbridge;
pub(crate) mod faults;
pub(crate) mod ses;

#[cfg(test)]
pub(crate) mod tests;
