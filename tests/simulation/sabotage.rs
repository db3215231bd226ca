//! Planted bugs: each has to be caught, or the simulation tests less than it seems to. `planted-bugs.md` has for each the first
//! seed that catches it.
//!
//! `cargo test --features sabotage --test simulation every_planted_bug -- --nocapture` checks the table,
//! `TANDEM_TABLE=write` before it makes it anew, `BUG=NoHistory` plays one bug alone.

#[cfg(not(feature = "sabotage"))]
#[test]
fn every_planted_bug_is_caught() {
    println!(
        "SKIPPED: no bug can be planted in this build; cargo test --features sabotage --test simulation every_planted_bug"
    );
}

#[cfg(feature = "sabotage")]
mod planted {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;
    use std::path::PathBuf;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tandem::sabotage::{Bug, plant};

    use crate::play::play;
    use crate::script::Script;

    /// Within so many seeds each bug has to be caught.
    const SEEDS: u64 = 200;
    const CYCLES: u32 = 30;
    /// So much of what was said is enough to see that it was this bug.
    const MAX_SAID_CHARS: usize = 140;

    /// How a bug was caught.
    struct Catch {
        seed: u64,
        said: String,
    }

    /// What is wrong with the story of that seed, when this bug is planted.
    fn complaint(seed: u64, bug: Option<Bug>) -> Option<String> {
        plant(bug);
        let outcome = play(&Script::draw(seed, CYCLES), false);
        plant(None);
        outcome.wrong.into_iter().next()
    }

    /// Whether that seed fails with a bug only if there is one.
    fn is_sound(seed: u64) -> bool {
        let complaint = complaint(seed, None);
        if let Some(said) = &complaint {
            println!("seed {seed} fails without any planted bug: {said}");
        }
        complaint.is_none()
    }

    /// The first of these seeds that fails with the bug and not without it.
    fn catch(
        bug: Bug,
        seeds: impl IntoIterator<Item = u64>,
        sound: &Mutex<BTreeMap<u64, bool>>,
    ) -> Option<Catch> {
        for seed in seeds {
            let Some(said) = complaint(seed, Some(bug)) else { continue };
            let known = sound.lock().unwrap().get(&seed).copied();
            let is_sound = known.unwrap_or_else(|| is_sound(seed));
            sound.lock().unwrap().insert(seed, is_sound);
            if is_sound {
                return Some(Catch { seed, said });
            }
        }
        None
    }

    fn table() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/simulation/planted-bugs.md")
    }

    /// The seeds of the table, by the bug's name.
    fn known() -> BTreeMap<String, u64> {
        let text = std::fs::read_to_string(table()).unwrap_or_default();
        let rows = text.lines().filter_map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let (name, _, seed) = (cells.next()?, cells.next()?, cells.next()?);
            Some((name.trim_matches('`').to_owned(), seed.parse().ok()?))
        });
        rows.collect()
    }

    fn rendered(caught: &BTreeMap<Bug, Catch>) -> String {
        let mut text = String::from(
            "# Planted bugs\n\nEach of these bugs, planted in the engine, is caught by the simulation; the seed is the first one that fails with the bug and not without it.\nMade by `TANDEM_TABLE=write cargo test --features sabotage --test simulation every_planted_bug`.\n\n| bug | what it does | first seed | what was said |\n|---|---|---|---|\n",
        );
        for (bug, Catch { seed, said }) in caught {
            let said: String =
                said.replace(['|', '\n'], " ").chars().take(MAX_SAID_CHARS).collect();
            let said = said.replace('`', "'");
            writeln!(text, "| `{bug:?}` | {} | {seed} | `{said}` |", bug.what()).unwrap();
        }
        text
    }

    #[test]
    fn every_planted_bug_is_caught() {
        let is_to_write = std::env::var("TANDEM_TABLE").is_ok_and(|what| what == "write");
        let known = if is_to_write { BTreeMap::new() } else { known() };
        let seeds = std::env::var("SEEDS").map_or(SEEDS, |count| count.parse().unwrap());
        let only = std::env::var("BUG").ok();
        let wanted = |bug: &&Bug| {
            only.as_ref()
                .is_none_or(|names| names.split(',').any(|name| name == format!("{bug:?}")))
        };
        let bugs: Vec<Bug> = Bug::ALL.iter().filter(wanted).copied().collect();
        assert!(!bugs.is_empty(), "no bug has that name");
        let (next, sound) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
        let caught = Mutex::new(BTreeMap::new());
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(bug) = bugs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let first = known.get(&format!("{bug:?}")).copied();
                        let first = first.filter(|seed| *seed < seeds);
                        let found = catch(*bug, first.into_iter().chain(0..seeds), &sound);
                        match found {
                            Some(found) => {
                                println!("{bug:?}: seed {}: {}", found.seed, found.said);
                                caught.lock().unwrap().insert(*bug, found);
                            }
                            None => println!("{bug:?}: NOT CAUGHT within {seeds} seeds"),
                        }
                    }
                });
            }
        });
        let caught = caught.into_inner().unwrap();
        let missed: Vec<&Bug> = bugs.iter().filter(|bug| !caught.contains_key(bug)).collect();
        if is_to_write && only.is_none() {
            std::fs::write(table(), rendered(&caught)).unwrap();
        } else if caught.iter().any(|(bug, it)| known.get(&format!("{bug:?}")) != Some(&it.seed)) {
            println!(
                "planted-bugs.md is older than the simulation: TANDEM_TABLE=write makes it anew"
            );
        }
        assert!(missed.is_empty(), "not caught within {seeds} seeds: {missed:?}");
    }
}
