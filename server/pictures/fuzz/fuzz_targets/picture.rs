#![no_main]

// A panic within ends the fuzzer, also one that `open` would catch.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = zhucun_pictures::open(bytes).picture {
        assert!(picture.width > 0 && picture.height > 0);
        assert!(picture.renditions.iter().all(|rendition| rendition.jpeg.starts_with(&[0xff, 0xd8])));
    }
});
