use super::*;
use crate::config::LogFormat;

fn with_file(text: &str) -> Result<Effective, ConfigError> {
    load(&Given { file: Some(("zhucun.toml".into(), text.to_owned())), ..Given::default() })
}

fn with_env(name: &str, value: &str) -> Result<Effective, ConfigError> {
    load(&Given { environment: vec![(name.into(), value.into())], ..Given::default() })
}

#[test]
fn the_default_file_is_every_setting_and_nothing_else() {
    let effective = load(&Given::default()).unwrap();
    // The fields of the struct, by its debug text: a field without a setting, or a setting without a field, shows here.
    let debug = format!("{:#?}", effective.config);
    let fields: Vec<&str> = debug
        .lines()
        .filter_map(|line| line.strip_prefix("    ").filter(|l| !l.starts_with(' ')))
        .filter_map(|line| Some(line.split_once(": ")?.0))
        .collect();
    let mut sorted = fields.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, effective.written.keys().map(String::as_str).collect::<Vec<_>>());
    for name in fields {
        let documented = DEFAULT_FILE.lines().zip(DEFAULT_FILE.lines().skip(1));
        assert!(
            documented
                .into_iter()
                .any(|(above, line)| above.starts_with("# ") && line.starts_with(&format!("{name} ="))),
            "{name}"
        );
    }
}

#[test]
fn defaults_lie_under_the_data_folder() {
    let config = load(&Given::default()).unwrap().config;
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database_url, "sqlite:data/zhucun.db");
    assert_eq!(config.media, std::path::Path::new("data/media"));
    assert_eq!(config.public_url, "http://127.0.0.1:8080");
    assert_eq!(config.time_zone.iana_name(), Some("Asia/Shanghai"));
    assert_eq!(config.log_format, LogFormat::Text);
    let elsewhere = Config::in_folder(std::path::Path::new("/srv/zhucun"));
    assert_eq!(elsewhere.database_url, "sqlite:/srv/zhucun/zhucun.db");
}

#[test]
fn the_environment_goes_before_the_file_before_the_defaults() {
    let effective = load(&Given {
        file: Some(("my.toml".into(), "listen = '0.0.0.0:1'\ntoken_ttl_s = 60".into())),
        environment: vec![("ZHUCUN_LISTEN".into(), "0.0.0.0:2".into()), ("PATH".into(), "/bin".into())],
    })
    .unwrap();
    assert_eq!(effective.config.listen.port(), 2);
    assert_eq!(effective.config.token_ttl_s, 60);
    assert_eq!(effective.config.public_url, "http://0.0.0.0:2");
    let shown = effective.show();
    assert!(shown.contains("\"0.0.0.0:2\"   # environment variable ZHUCUN_LISTEN"), "{shown}");
    assert!(shown.contains("\"60\"   # my.toml"), "{shown}");
    assert!(shown.contains("\"Asia/Shanghai\"   # default"), "{shown}");
}

#[test]
fn a_wrong_setting_is_refused_with_its_name_and_what_would_be_right() {
    for (name, wrong, right) in [
        ("listen", "8080", "an address and a port"),
        ("database_url", "mysql://x", "sqlite:FILE or postgres://"),
        ("time_zone", "Asia/Zhanjiang", "the IANA name of a time zone"),
        ("database_connections", "0", "from 1 to 1000"),
        ("max_push_bytes", "-1", "a number of bytes from"),
        ("token_ttl_s", "soon", "a number of seconds"),
        ("public_url", "zhucun.example", "an address such as"),
        ("log", "info,zhucun=loud", "a level"),
        ("log_format", "xml", "text or json"),
        ("media", "", "the path of a folder"),
        ("ship", "https://bucket/prefix", "the path of a folder, s3://BUCKET/PREFIX, or nothing"),
        ("media_store", "/mnt/photos", "s3://BUCKET/PREFIX, or nothing"),
        ("s3_endpoint", "s3.example.cn", "an address such as"),
        ("s3_region", "", "the name of a region"),
        ("s3_bucket_in", "front", "path or host"),
        ("s3_encryption", "aes", "AES256"),
        ("signed_url_ttl_s", "604801", "seconds from 0 to 604800"),
    ] {
        let error = with_env(&format!("ZHUCUN_{}", name.to_ascii_uppercase()), wrong).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(right) && error.contains("environment variable"), "{error}");
    }
    let error = with_file("listen = true").unwrap_err().to_string();
    assert!(error.contains("listen") && error.contains("zhucun.toml"), "{error}");
}

#[test]
fn an_unknown_setting_is_refused_with_those_there_are() {
    for error in [with_file("listn = '0.0.0.0:1'").unwrap_err(), with_env("ZHUCUN_LISTN", "x").unwrap_err()] {
        let error = error.to_string();
        assert!(error.contains("listn") && error.contains("listen"), "{error}");
    }
    assert!(with_file("listen = ").unwrap_err().to_string().contains("not TOML"));
    assert!(with_env("ZHUCUN_TEST_POSTGRES", "x").is_ok());
}

#[test]
fn a_database_password_is_never_shown() {
    let effective = with_env("ZHUCUN_DATABASE_URL", "postgres://zhucun:geheim@p@db/zhucun").unwrap();
    assert!(!effective.show().contains("geheim"));
    assert!(effective.show().contains("postgres://zhucun:***@db/zhucun"));
    let error = with_env("ZHUCUN_DATABASE_URL", "mysql://zhucun:geheim@db/zhucun").unwrap_err().to_string();
    assert!(!error.contains("geheim"), "{error}");
}
