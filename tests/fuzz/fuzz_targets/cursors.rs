//! Fuzzes `keyturn_inputs::cursors`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::cursors(data));
