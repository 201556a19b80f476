//! `zhucun media copy`: from a folder to a store and back, cut short and taken up again.

use std::{fs, path::Path};

use sync_protocol::ids::sha256;
use zhucun::media::blobs::{BlobStore as _, FolderStore};
use zhucun_tests::{
    camera,
    photo::Photo,
    s3::{Mood, S3Server},
    server::{Database, Server, binary},
    wait::{self, Seen},
};

use crate::{contract::bytes, serving::serving};

const PHOTOS: usize = 150;

/// A folder of photos.
async fn photos(folder: &Path, seeds: std::ops::Range<usize>) {
    let store = FolderStore::open(folder).unwrap();
    for seed in seeds {
        let content = bytes(seed as u64, 2_000 + seed);
        let file = folder.join("new");
        fs::write(&file, &content).unwrap();
        store.put(&sha256(&[&content]), &file).await.unwrap();
    }
}

/// A command that must fail; gives what it said.
async fn fails(server: &Server, arguments: &[&str]) -> String {
    let output = server.run(arguments).await.unwrap();
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_go_to_a_store_and_back_and_a_copy_cut_short_goes_on_where_it_was() {
    let store = S3Server::start().await.unwrap();
    // It only lends its settings: nothing serves.
    let mut server = Server::new(&binary(), Database::Sqlite).unwrap();
    store.settle(&mut server);
    let (old, back) = (server.scratch().join("old"), server.scratch().join("back"));
    photos(&old, 0..PHOTOS).await;
    let (from, to) = (format!("folder:{}", old.display()), "s3://zhucun/photos");
    let there = ["media", "copy", "--from", &from, "--to", to];

    let mut cut = server.spawn(&there).unwrap();
    wait::until("some photos to arrive", async || {
        let n = store.names("photos").len();
        Ok(Seen::when(n >= 10, format!("{n} photos")))
    })
    .await
    .unwrap();
    store.be(Mood::HeldAfter);
    store.holds_a_write().await.unwrap();
    cut.kill().unwrap();
    cut.wait().unwrap();
    store.be(Mood::Well);
    let arrived = store.names("photos").len();
    assert!((10..PHOTOS).contains(&arrived), "{arrived}");

    let told = server.succeeds(&there).await.unwrap();
    assert!(told.contains(&format!("copied: {} files", PHOTOS - arrived)), "{told}");
    assert!(told.contains(&format!("; {arrived} were there")), "{told}");
    // What came while it was copied.
    photos(&old, PHOTOS..PHOTOS + 3).await;
    let told = server.succeeds(&there).await.unwrap();
    assert!(told.contains("copied: 3 files") && told.contains(&format!("; {PHOTOS} were there")), "{told}");
    let names = store.names("photos");
    assert_eq!(names.len(), PHOTOS + 3);
    for name in &names {
        assert_eq!(hex::encode(sha256(&[&fs::read(store.file(&format!("photos/{name}"))).unwrap()])), *name);
    }

    let to_back = format!("folder:{}", back.display());
    server.succeeds(&["media", "copy", "--from", to, "--to", &to_back]).await.unwrap();
    let (old_store, back_store) = (FolderStore::open(&old).unwrap(), FolderStore::open(&back).unwrap());
    assert_eq!(old_store.list(None).await.unwrap(), back_store.list(None).await.unwrap());
    let compared = server.succeeds(&["media", "copy", "--check", "--from", to, "--to", &to_back]).await.unwrap();
    assert!(compared.contains("copied: 0 files"), "{compared}");
    assert_eq!(fs::read_dir(server.data().join("media/copying")).unwrap().count(), 1, "nothing is left but the lock");
}

/// The largest that a process was so far, in bytes; none once it has ended.
fn peak(process: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? << 10)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_any_size_goes_through_little_memory() {
    const LENGTH: usize = 128 << 20;
    let store = S3Server::start().await.unwrap();
    let mut server = Server::new(&binary(), Database::Sqlite).unwrap();
    store.settle(&mut server);
    let old = server.scratch().join("old");
    photos(&old, 0..0).await;
    let file = old.join("new");
    fs::write(&file, bytes(1, LENGTH)).unwrap();
    let key = zhucun::backup::folder::hash(&file).unwrap().0;
    fs::create_dir(old.join(&key[..3])).unwrap();
    fs::rename(&file, old.join(&key[..3]).join(&key)).unwrap();
    let from = format!("folder:{}", old.display());
    let mut copy = server.spawn(&["media", "copy", "--from", &from, "--to", "s3://zhucun/photos"]).unwrap();
    let mut most = 0;
    let ended = wait::until("the copy to end", async || {
        most = most.max(peak(copy.id()).unwrap_or(0));
        Ok(copy.try_wait()?.map_or_else(|| Seen::NotYet(format!("{most} bytes")), Seen::Yes))
    });
    assert!(ended.await.unwrap().success());
    println!("{LENGTH} bytes went through a process of at most {most} bytes");
    assert!(most > 0 && most < LENGTH / 4 * 3, "{most} bytes");
    assert_eq!(zhucun::backup::folder::hash(&store.file(&format!("photos/{key}"))).unwrap().0, key);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_photo_is_not_copied_and_is_named() {
    let server = Server::new(&binary(), Database::Sqlite).unwrap();
    let (old, new) = (server.scratch().join("old"), server.scratch().join("new"));
    photos(&old, 0..3).await;
    let key = hex::encode(sha256(&[&bytes(1, 2_001)]));
    let damaged = old.join(&key[..3]).join(&key);
    fs::write(&damaged, bytes(9, 2_001)).unwrap();
    let (from, to) = (format!("folder:{}", old.display()), format!("folder:{}", new.display()));
    let copy = ["media", "copy", "--from", &from, "--to", &to];
    let told = fails(&server, &copy).await;
    assert!(told.contains("copied: 2 files") && told.contains(&key) && told.contains("damaged"), "{told}");
    assert!(!new.join(&key[..3]).join(&key).exists());

    // Mended where it comes from, it goes; damaged where it went, only a look at all bytes finds it.
    fs::write(&damaged, bytes(1, 2_001)).unwrap();
    server.succeeds(&copy).await.unwrap();
    fs::remove_file(new.join(&key[..3]).join(&key)).unwrap();
    fs::write(new.join(&key[..3]).join(&key), bytes(9, 2_001)).unwrap();
    server.succeeds(&copy).await.unwrap();
    let told = fails(&server, &[&copy[..], &["--check"]].concat()).await;
    assert!(told.contains(&key) && told.contains("damaged where it is to go"), "{told}");
    let absent = fails(&server, &["media", "copy", "--from", "folder:/no/such/folder", "--to", "s3://zhucun/x"]).await;
    assert!(absent.contains("no folder /no/such/folder"), "{absent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn renditions_go_along_and_are_shown_from_the_first_moment() {
    let store = S3Server::start().await.unwrap();
    let (mut server, office) = serving(None, &[]).await;
    let photo = Photo::promised(&server, &office, 1, camera::take(1).original).await.unwrap();
    assert_eq!(photo.upload().await.unwrap().status, 204);
    let shown = photo.rendition(320).await.unwrap();

    store.settle(&mut server);
    let from = format!("folder:{}", server.data().join("media").display());
    let told = server.succeeds(&["media", "copy", "--from", &from, "--to", "s3://zhucun/photos"]).await.unwrap();
    assert!(told.contains("copied: 3 files"), "{told}");
    server.stop().await.unwrap();
    server.set("ZHUCUN_MEDIA_STORE", "s3://zhucun/photos");
    // Nobody is there to make them anew.
    server.set("ZHUCUN_PICTURE_WORKERS", "0");
    server.start().await.unwrap();
    let answer = photo.get("?rendition=320", &[]).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.unwrap() == shown);
}
