//! Fuzzes `keyturn_inputs::token_strings`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::token_strings(data));
