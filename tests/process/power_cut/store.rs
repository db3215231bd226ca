//! The store alone: commits of every size, checkpoints and resets of the log among them.

use std::path::{Path, PathBuf};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tandem::model::{IssueId, IssueRef, ItemRef, PageId, RepoId, Side};
use tandem::store::{CycleId, HistoryEntry, NewPair, Store, StoreError, SyncId, Tx};

use super::image::{Image, in_memory};

/// A store at work, and the file it writes to.
struct Work {
    store: Store,
    sync: SyncId,
    cycle: CycleId,
    written: u64,
    file: PathBuf,
    _dir: tempfile::TempDir,
}

impl Work {
    fn begin() -> Work {
        let dir = in_memory();
        let file = dir.path().join("tandem.db");
        let store = Store::open(&file).unwrap();
        let at = "2026-01-05T09:00:00Z".parse().unwrap();
        let (sync, cycle) = store
            .transaction(|tx| {
                let sync = tx.ensure_sync("app")?;
                Ok((sync, tx.begin_cycle(sync, at)?))
            })
            .unwrap();
        Work { store, sync, cycle, written: 0, file, _dir: dir }
    }

    /// One commit of so many pairs, each with something in the history; what the disk holds right before the commit.
    fn commit(&mut self, pairs: u64, bytes: usize) -> Image {
        let Work { store, sync, cycle, written, file, .. } = self;
        let from = *written;
        let before_commit = store
            .transaction(|tx| {
                (from..from + pairs).try_for_each(|n| write(tx, *sync, *cycle, n, bytes))?;
                Ok(Image::of(file))
            })
            .unwrap();
        *written += pairs;
        before_commit
    }

    fn image(&self) -> Image {
        Image::of(&self.file)
    }
}

fn write(
    tx: &Tx<'_>,
    sync: SyncId,
    cycle: CycleId,
    n: u64,
    bytes: usize,
) -> Result<(), StoreError> {
    let issue: IssueRef = format!("acme/app#{}", n + 1).parse().unwrap();
    let page = PageId(uuid::Uuid::from_u128(u128::from(n) + 1));
    let pair = tx.insert_pair(&NewPair {
        sync,
        issue: issue.clone(),
        issue_id: IssueId(n + 1),
        repo_id: RepoId(7),
        page,
        title: format!("Title {n}"),
        marked: false,
    })?;
    tx.add_history(&HistoryEntry {
        item: ItemRef::Issue(issue),
        page: Some(page),
        pair: Some(pair),
        side: Side::GitHub,
        field: "body".to_owned(),
        lost: json!(format!("{n} ").repeat(bytes / 4)),
        kept: None,
        rule: "newer edit, on Notion".to_owned(),
        cycle,
        at: "2026-01-05T09:00:00Z".parse().unwrap(),
    })?;
    Ok(())
}

#[test]
fn a_power_cut_at_any_moment_leaves_exactly_the_last_commit_that_returned_or_the_one_under_way() {
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    let mut work = Work::begin();
    let mut before = work.image();
    let mut last = before.contents("at the beginning");
    let (mut disks, mut checkpoints, mut resets, mut neither) = (0, 0, 0, 0);
    for nth in 0..30 {
        // Most are as small as the engine's; some spill out of SQLite's cache long before they commit.
        let (pairs, bytes) = match nth % 10 {
            4 | 9 => (300, 4_000),
            _ => (dice.random_range(1..5), dice.random_range(10..9_000)),
        };
        let under_way = work.commit(pairs, bytes);
        let after = work.image();
        let this = after.contents("all of a commit");
        assert_ne!(this, last, "commit {nth} changed nothing");

        assert_eq!(under_way.contents("right before the commit"), last, "commit {nth}");
        let (spilled, _) = before.torn(&under_way, &mut dice);
        assert_eq!(spilled.contents("torn before the commit"), last, "commit {nth}");
        for _ in 0..4 {
            let what = format!("commit {nth}, disk {disks}");
            let (unsynced, checkpoint) = before.torn(&after, &mut dice);
            let found = unsynced.contents(&what);
            assert!(found == last || found == this, "{what}: a state that never was");
            neither += usize::from(found == last);
            if let Some(checkpoint) = checkpoint {
                assert_eq!(checkpoint.contents(&what), this, "{what}: in a checkpoint");
                checkpoints += 1;
            }
            disks += 1;
        }
        resets += usize::from(!after.log.starts_with(&before.log[..before.log.len().min(32)]));
        (before, last) = (after, this);
    }
    assert!(
        checkpoints >= 4 && resets >= 1,
        "{checkpoints} disks in a checkpoint, {resets} resets"
    );
    assert!(0 < neither && neither < disks, "{neither} of {disks} lost the commit under way");
}

#[test]
fn a_log_cut_at_any_place_holds_the_commits_that_are_whole_in_it_and_no_part_of_another() {
    let mut work = Work::begin();
    let mut commits = vec![(work.image().log.len(), work.image().contents("at the beginning"))];
    for pairs in 1..=3 {
        work.commit(pairs, 3_000);
        let image = work.image();
        commits.push((image.log.len(), image.contents("all of it")));
    }
    let whole = work.image();
    let first = commits[0].0;
    let ends: Vec<usize> = commits.iter().map(|(end, _)| *end).collect();
    let cuts = (first..=whole.log.len())
        .filter(|cut| cut % 97 == 0 || ends.iter().any(|end| cut.abs_diff(*end) <= 2));
    let mut tried = 0;
    for cut in cuts {
        let image = Image { file: whole.file.clone(), log: whole.log[..cut].to_vec() };
        let (_, expected) = commits.iter().rev().find(|(end, _)| *end <= cut).unwrap();
        assert_eq!(image.contents("cut"), *expected, "cut at byte {cut}");
        tried += 1;
    }
    assert!(tried > 200, "only {tried} cuts");
}

#[test]
fn power_that_goes_while_the_database_is_made_leaves_what_the_next_run_makes_a_database_of() {
    let dir = in_memory();
    let file = dir.path().join("tandem.db");
    let store = Store::open(&file).unwrap();
    let made = Image::of(&file);
    drop(store);
    assert!(!made.log.is_empty());
    let whole = made.contents("just made");
    for cut in (0..made.log.len()).step_by(1_999) {
        let image = Image { file: made.file.clone(), log: made.log[..cut].to_vec() };
        assert_eq!(image.contents("made again"), whole, "cut at byte {cut}");
    }
    let empty = Image { file: Vec::new(), log: Vec::new() };
    assert_eq!(empty.contents("an empty file"), whole);
}

#[test]
fn power_that_goes_while_the_database_is_closed_loses_nothing() {
    let mut dice = ChaCha8Rng::seed_from_u64(8);
    let mut work = Work::begin();
    work.commit(100, 5_000);
    let (file, open) = (work.file.clone(), work.image());
    let contents = open.contents("open");
    let Work { store, _dir: dir, .. } = work;
    drop(store);
    let closed = Image::of(Path::new(&file));
    assert!(
        closed.log.is_empty() && closed.file != open.file,
        "closing folds the log into the file"
    );
    for nth in 0..20 {
        let (_, folding) = open.torn(&closed, &mut dice);
        let folding = Image { log: open.log.clone(), ..folding.unwrap() };
        assert_eq!(folding.contents("closing"), contents, "disk {nth}");
    }
    drop(dir);
}
