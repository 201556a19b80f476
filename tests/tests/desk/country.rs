//! Places of a whole country in one file.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use zhucun_tests::{
    load::process::most_memory,
    server::{Database, Server, binary},
};

/// What the country has, as the statistics office lists it: 2,900 districts, 620,000 villages.
const COUNTRY: usize = 620_000;
const HEAD: &str = "区编号,区名称,村代码,村名,镇代码,镇街\n";

/// So many villages: fifteen to a town, fourteen towns to a district. Names are invented.
fn country(villages: usize) -> String {
    let mut file = HEAD.to_owned();
    for n in 0..villages {
        let (district, town, village) = (n / 210, n / 15 % 14, n % 15);
        let county = 110_000 + district;
        let town_code = format!("{county}{:03}", 100 + town);
        writeln!(
            file,
            "d-{district},第{district}区,{town_code}{:03},第{n}村委会,{town_code},第{town}镇",
            200 + village
        )
        .unwrap();
    }
    file
}

async fn import(server: &Server, file: &str) -> Result<String, String> {
    let path = server.scratch().join("country.csv");
    std::fs::write(&path, file).unwrap();
    let arguments = ["import-country", path.to_str().unwrap(), "--as", "d-0.p.operator"];
    server.succeeds(&arguments).await.map_err(|error| format!("{error:#}"))
}

#[tokio::test]
async fn places_of_many_districts_are_imported_from_one_file_and_go_on_where_it_was_cut_short() {
    for database in [Database::Sqlite, Database::Postgres] {
        let server = Server::new(&binary(), database).unwrap();
        let file = country(5_000);
        // One bad line anywhere, and nothing is written.
        let bad = file.replace("第4900村委会", "第4900村委员");
        let told = import(&server, &bad).await.unwrap_err();
        assert!(told.contains("line 4902") && told.contains("unknown_level"), "{told}");
        let other = format!("{file}d-99,别区,110000100999,别村,110000100,第0镇\n");
        assert!(import(&server, &other).await.unwrap_err().contains("other_district"));

        let half: String = file.lines().take(2_500).flat_map(|line| [line, "\n"]).collect();
        let first = import(&server, &half).await.unwrap();
        assert!(first.contains("changed 0, unchanged 0 in 12 districts"), "{first}");
        // 24 districts, 334 towns, 5,000 villages; of these 12, 167 and 2,499 are there, and the twelfth district gets more towns.
        let whole = import(&server, &file).await.unwrap();
        assert!(whole.contains("created 2680, changed 1, unchanged 2677 in 24 districts"), "{whole}");
        let again = import(&server, &file).await.unwrap();
        assert!(again.contains("created 0, changed 0, unchanged 5358 in 24 districts"), "{again}");
    }
}

/// `ZHUCUN_BIN=target/release/zhucun cargo test --workspace --test desk -- --ignored --nocapture whole_country`; `PLACES` asks for fewer.
#[tokio::test]
#[ignore = "takes minutes: a measurement"]
async fn whole_country_in_one_file() {
    let villages = std::env::var("PLACES").ok().and_then(|n| n.parse().ok()).unwrap_or(COUNTRY);
    for database in [Database::Sqlite, Database::Postgres] {
        let server = Server::new(&binary(), database).unwrap();
        let path = server.scratch().join("country.csv");
        std::fs::write(&path, country(villages)).unwrap();
        for pass in ["first", "again"] {
            let began = Instant::now();
            let mut child =
                server.spawn(&["import-country", path.to_str().unwrap(), "--as", "d-0.p.operator"]).unwrap();
            let mut most = 0;
            let ended = loop {
                most = most_memory(child.id()).map_or(most, |now| most.max(now));
                if let Some(ended) = child.try_wait().unwrap() {
                    break ended;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            assert!(ended.success());
            let seconds = began.elapsed().as_secs_f64();
            println!(
                "{}, {pass}: {villages} villages in {seconds:.1} s, {:.0} a second, at most {} MiB",
                database.name(),
                villages as f64 / seconds,
                most >> 20
            );
        }
    }
}
