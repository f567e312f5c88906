//! Fuzzes `keyturn_inputs::dates`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::dates(data));
