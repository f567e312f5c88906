//! Fuzzes `keyturn_inputs::introspections`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::introspections(data));
