//! All operations. The console's pages are left out: no client calls them.

mod callbacks;
mod leaks;
pub(crate) mod mass_renewal;
mod other;
mod people;
mod renewal;
mod tokens;

use anyhow::Result;

use crate::operation::Operation;

/// Every operation, in the order of the contract's table within each group.
pub(crate) fn all() -> Result<Vec<Operation>> {
    Ok([
        tokens::all()?,
        renewal::all()?,
        mass_renewal::all()?,
        callbacks::all()?,
        leaks::all()?,
        people::all()?,
        other::all()?,
    ]
    .into_iter()
    .flatten()
    .collect())
}

const JSON: &str = "application/json";
