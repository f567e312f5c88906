//! Fuzzes `keyturn_inputs::query_strings`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::query_strings(data));
