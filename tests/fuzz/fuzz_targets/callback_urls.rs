//! Fuzzes `keyturn_inputs::callback_urls`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyturn_inputs::callback_urls(data));
