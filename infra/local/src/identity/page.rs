//! The page where people say who they are.

use askama::Template;

/// Somebody to be.
pub(crate) struct Choice {
    pub(crate) subject: &'static str,
    pub(crate) name: &'static str,
    pub(crate) href: String,
}

/// The page.
#[derive(Template)]
#[template(path = "identity.html")]
pub(crate) struct Page {
    pub(crate) people: Vec<Choice>,
}
