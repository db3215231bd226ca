//! So few file handles that threads, the database or sockets cannot be had: a clear word, the right exit code, nothing sent
//! that is not known, and the next run goes on.

use crate::place::{Place, Told, setup};

fn with_handles(place: &Place, count: u64) -> Told {
    let script = format!("ulimit -n {count} && exec \"$@\"");
    Told::from(place.through_shell(&script, &["--once"]).output().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_few_file_handles_are_named_and_cost_nothing_but_time() {
    let place = Place::new(setup(), 30).await;
    let mut codes = Vec::new();
    // With fewer than four the system does not even load the program.
    for count in 4..=30 {
        let told = with_handles(&place, count);
        match told.code {
            0 => {}
            // Nothing was begun.
            1 => {
                told.assert(1, &["too few files", "ulimit -n", "LimitNOFILE", "nothing is lost"]);
                assert_eq!(place.requests(), 0, "{count}: {}", told.all());
            }
            // Some sockets could be had, and not for every item: which ones is a matter of moments.
            3 => {
                told.assert(3, &["failed", "Too many open files", "tried again in the next cycle"])
            }
            // No sockets: a side cannot be reached.
            7 => told.assert(7, &[" could not be reached: ", "Too many open files"]),
            _ => panic!("{count}: {}", told.all()),
        }
        codes.push(told.code);
    }
    let begun = codes.iter().take_while(|code| **code == 1).count();
    assert!(begun > 0 && !codes[begun..].contains(&1), "what begins with few begins with more");
    assert!(codes.contains(&7) && codes.last() == Some(&0), "{codes:?}");
    place.comes_to_rest();
    assert_eq!(place.pages().len(), 30);
}
