#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| thaiyyal_fuzz::parse(data));
