//! Several phones on a rough network: once it works, every queue empties and all phones agree (P14).

mod common;

use common::{OTHER, Phone, Server, VILLAGE};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;
use zhucun_client::{
    Budget, PhotoSource, Write,
    fault::{Faults, Faulty},
};

async fn season(seed: u64) {
    let server = Server::new();
    server.state().page_limit = 7;
    let mut dice = StdRng::seed_from_u64(seed);
    let phones: Vec<Phone> = (0..4).map(|i| Phone::new(&server, &format!("m-{i}"), seed * 10 + i)).collect();
    let network = Faulty::new(server.clone(), seed, Faults::ROUGH);
    for _ in 0..120 {
        let phone = &phones[dice.random_range(0..phones.len())];
        let scope = if dice.random_bool(0.8) { VILLAGE } else { OTHER };
        let id = format!("v{}", dice.random_range(0..6));
        match dice.random_range(0..12) {
            0..4 => {
                let fields = json!({ "note": format!("n{}", dice.random_range(0..100)) });
                phone.engine.write(&Write::new(scope, "visit", &id, fields)).unwrap();
            }
            4 => drop(phone.engine.add_to_set(scope, "visit", &id, "companions", &["zjedz.p.m-1"]).unwrap()),
            5 => drop(phone.engine.remove_from_set(scope, "visit", &id, "companions", &["zjedz.p.m-1"]).unwrap()),
            6 => drop(phone.engine.delete(scope, "visit", &id).unwrap()),
            7 => {
                let bytes = vec![dice.random(); dice.random_range(1..5_000)];
                let photo = phone.engine.attach_photo(PhotoSource::Bytes(bytes), None).unwrap();
                let fields = json!({"sha256": photo.sha256, "size": photo.size});
                phone.engine.write(&Write::new(scope, "photo", &phone.engine.own_id().unwrap(), fields)).unwrap();
            }
            8 => phone.device.set_wall(dice.random_range(-1_000_000_000..4_000_000_000_000)),
            9 if dice.random_bool(0.2) => phone.device.reboot(),
            10 => network.set_offline(dice.random_bool(0.3)),
            _ => {
                let budget = Budget { part: 1_000, steps: dice.random_range(1..30), ..Budget::ALL };
                phone.engine.sync(&network, &budget).await.unwrap();
            }
        }
        let pause = dice.random_range(0..20_000);
        server.state().now_ms += pause as i64;
        phones.iter().for_each(|phone| phone.device.advance(pause));
    }
    assert!(network.suffered() > 10, "it was no rough season");
    network.set_offline(false);
    network.set_faults(Faults::NONE);
    for _ in 0..2 {
        for phone in &phones {
            phone.device.advance(600_000);
            phone.drain(&network).await;
        }
    }
    let state = server.state();
    for phone in &phones {
        assert_eq!(phone.engine.must_enrol_anew().unwrap(), None);
        for scope in [VILLAGE, OTHER] {
            let digest = phone.engine.scopes().unwrap().into_iter().find(|s| s.scope == scope).map(|s| s.digest);
            let theirs = state.feeds.get(scope).map(|feed| feed.digest());
            assert_eq!(digest, theirs, "seed {seed}");
        }
        let install = phone.engine.install().unwrap();
        let chain = phone.engine.chain().unwrap();
        let held: Vec<&[u8]> = state.lines.iter().filter(|l| l.install == install).map(|l| &l.bytes[..]).collect();
        assert_eq!(held, phone.engine.lines(1, chain.seq).unwrap(), "each line once, as it was written");
    }
}

#[tokio::test]
async fn all_phones_agree_once_the_network_works() {
    for seed in 1..=12 {
        season(seed).await;
    }
}
