//! Fuzzes `keyturn_inputs::request_tokens`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::request_tokens(data));
