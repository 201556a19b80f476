//! A district's sheet as LibreOffice opens it: every cell is what was exported, and each page is an A4 sheet across. It runs where `soffice` is, by
//! `make test-office`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use reqwest::Method;
use tokio::process::Command;
use zhucun_tests::{
    month,
    office::Office,
    server::{Database, Server, binary},
};

/// All sheets of a workbook, a file each, in UTF-8, as they are shown: LibreOffice's own numbers for that.
const TO_CSV: &str = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1";

type Rows = Vec<Vec<String>>;

async fn output(program: &str, arguments: &[&str], folder: &Path) -> String {
    let run = Command::new(program).args(arguments).current_dir(folder).output().await;
    let run = run.unwrap_or_else(|error| panic!("{program}: {error}; make test-office installs it"));
    assert!(run.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).into_owned()
}

async fn converted(folder: &Path, to: &str) {
    // A profile of its own: another LibreOffice on this machine is none of its business.
    let profile = format!("-env:UserInstallation=file://{}", folder.join("profile").display());
    output("soffice", &[&profile, "--headless", "--convert-to", to, "sheet.xlsx"], folder).await;
}

fn rows(csv: &str) -> Rows {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv.as_bytes());
    let row = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    reader.records().map(|record| row(record.expect("CSV"))).collect()
}

/// The tables among these rows: each begins with its head, and ends before a row that names nobody.
fn tables(rows: &Rows) -> Vec<Rows> {
    let heads = rows.iter().enumerate().filter(|(_, row)| row.first().is_some_and(|cell| cell == "村"));
    heads
        .map(|(at, head)| {
            let width = head.iter().rposition(|cell| !cell.is_empty()).expect("a head") + 1;
            let of_table = rows[at..].iter().take_while(|row| row.get(1).is_some_and(|name| !name.is_empty()));
            of_table.map(|row| row[..width].to_vec()).collect()
        })
        .collect()
}

fn csv_files(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    files.filter(|file| file.extension().is_some_and(|ending| ending == "csv")).collect()
}

#[tokio::test]
#[ignore = "make test-office runs it: it takes LibreOffice"]
async fn libreoffice_shows_a_districts_sheet_as_it_was_exported_and_prints_it_on_a4() {
    let mut server = Server::demo(&binary(), Database::Sqlite).await.expect("the demo server starts");
    let folder = server.scratch().join("office");
    let played = month::play(&server, &folder).await.expect("the month is played");
    assert!(played.all_held(), "{played}");
    for file in csv_files(&folder) {
        std::fs::remove_file(file).expect("the town's own");
    }
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.expect("it signs in");
    let month = jiff::Timestamp::from_millisecond(office.signed_in_ms).expect("a time");
    let month = month.to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone")).date();
    let month = month.first_of_month().yesterday().expect("a day").strftime("%Y-%m").to_string();
    let export = async |form: &str| {
        let path = format!("/v1/attendance/sheets/{month}/{form}?place=zjedz");
        let answer = office.request(Method::GET, &path).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{form}");
        answer.bytes().await.expect("the file")
    };
    let exported = rows(std::str::from_utf8(&export("csv").await).expect("UTF-8").trim_start_matches('\u{feff}'));
    std::fs::write(folder.join("sheet.xlsx"), export("xlsx").await).expect("it is written");

    converted(&folder, TO_CSV).await;
    let shown: Vec<Rows> =
        csv_files(&folder).iter().map(|file| rows(&std::fs::read_to_string(file).unwrap())).collect();
    assert_eq!(shown.len(), 5, "a sheet a town, and the legend");
    let mut told: Vec<Rows> = shown.iter().flat_map(tables).collect();
    let mut expected = tables(&exported);
    told.sort();
    expected.sort();
    assert_eq!((told.len(), expected.iter().map(Vec::len).sum::<usize>() > 100), (4, true));
    assert_eq!(told, expected, "every cell is what was exported");
    let texts: BTreeSet<&String> = shown.iter().flatten().flatten().collect();
    let width = |row: &&Vec<String>| row.len() == 1 && !row[0].is_empty();
    for row in exported.iter().filter(width) {
        assert!(texts.contains(&row[0]), "a note or a line of the legend: {}", row[0]);
    }

    converted(&folder, "pdf").await;
    // For people to look at.
    if let Ok(kept) = std::env::var("ZHUCUN_TEST_PDF") {
        std::fs::copy(folder.join("sheet.pdf"), kept).expect("it is kept");
    }
    let pages = output("pdfinfo", &["-f", "1", "-l", "1000", "sheet.pdf"], &folder).await;
    let sizes: Vec<&str> = pages.lines().filter(|line| line.starts_with("Page") && line.contains("pts")).collect();
    assert!(sizes.len() >= 5, "{pages}");
    assert!(sizes.iter().all(|size| size.contains("841.") && size.contains("x 595.")), "A4 across: {pages}");
    let printed = output("pdftotext", &["-layout", "sheet.pdf", "-"], &folder).await;
    let of = format!("共 {} 页", sizes.len());
    assert_eq!(printed.matches(&of).count(), sizes.len(), "each page says which of how many it is");
    assert_eq!(printed.matches('\u{c}').count(), sizes.len());
    server.stop().await.expect("it stops");
}
