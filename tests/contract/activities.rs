//! Who did what when.
