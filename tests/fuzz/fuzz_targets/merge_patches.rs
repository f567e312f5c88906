//! Fuzzes `keyturn_inputs::merge_patches`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::merge_patches(data));
