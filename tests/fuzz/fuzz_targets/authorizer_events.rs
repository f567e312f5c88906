//! Fuzzes `keyturn_inputs::authorizer_events`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::authorizer_events(data));
