//! Plays the scripts of many seeds, and tells of a failure so that it can be played again.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::figures::Figures;
use crate::play::{Outcome, play};
use crate::script::Script;

/// For every commit: enough to notice what is often wrong.
const SEEDS: u64 = 200;
const CYCLES: u32 = 30;
/// So many scripts are tried to make a failing one smaller.
const MAX_SHRINKS: u32 = 400;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is to be a number, not `{text}`")))
}

/// Plays `SEEDS` scripts of `CYCLES` cycles from `FROM` on, or the one of `SEED`.
pub fn seeds() {
    let cycles = number("CYCLES").map_or(CYCLES, |cycles| u32::try_from(cycles).unwrap());
    let (from, count) = match number("SEED") {
        Some(seed) => (seed, 1),
        None => (number("FROM").unwrap_or(0), number("SEEDS").unwrap_or(SEEDS)),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(from);
    let figures = Mutex::new(Figures::default());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + count || failures.lock().unwrap().len() >= most_failures() {
                        return;
                    }
                    let script = Script::draw(seed, cycles);
                    let outcome = play(&script, false);
                    figures.lock().unwrap().add(&outcome.figures);
                    if let Some(first) = outcome.wrong.first() {
                        // At once: a long run goes on for an hour.
                        println!("seed {seed}: {first}");
                        failures.lock().unwrap().push(script);
                    }
                }
            });
        }
    });
    println!("{}", figures.into_inner().unwrap());
    println!("on {}, {threads} cores", machine());
    let mut failures = failures.into_inner().unwrap();
    failures.sort_by_key(|script| script.seed);
    if let Some(script) = failures.first() {
        panic!("{} failed; {}", failures.len(), told(script, cycles));
    }
}

/// The system, and the processor where it is told.
fn machine() -> String {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim());
    [Some(os), Some(arch), model].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// One failure is enough to stop, unless somebody wants a list.
fn most_failures() -> usize {
    number("FAILURES").and_then(|count| usize::try_from(count).ok()).unwrap_or(1)
}

/// A failure, made small, with what it takes to play it again.
fn told(script: &Script, cycles: u32) -> String {
    let (small, outcome) = match number("SHRINK") {
        Some(0) => (script.clone(), play(script, false)),
        Some(_) | None => shrunk(script.clone()),
    };
    let seed = script.seed;
    // Acts and requests side by side.
    let mut story = outcome.story;
    if number("TRACE").is_some() {
        story = play(&small, true).trace;
    }
    let story = story.join("\n  ");
    let count = small.rounds.len();
    format!(
        "seed {seed}:\n{}\nmade small, to {count} rounds:\n  {story}\nagain: SEED={seed} CYCLES={cycles} cargo test --test simulation whatever",
        outcome.wrong.join("\n"),
    )
}

/// The kind of a failure: what it begins with.
fn kind(outcome: &Outcome) -> Option<String> {
    let first = outcome.wrong.first()?;
    Some(first.split(':').next().unwrap_or_default().to_owned())
}

/// The same failure with less happening: rounds, acts, faults and kills are left out as long as it fails in the same way.
pub fn shrunk(mut script: Script) -> (Script, Outcome) {
    let mut outcome = play(&script, false);
    let wanted = kind(&outcome);
    let mut tries = 0;
    let mut fails = |candidate: &Script| -> Option<Outcome> {
        tries += 1;
        if tries > MAX_SHRINKS {
            return None;
        }
        let outcome = play(candidate, false);
        (kind(&outcome) == wanted && wanted.is_some()).then_some(outcome)
    };
    // Halves of the rounds first, then single ones.
    let mut len = script.rounds.len().div_ceil(2);
    while len > 0 {
        let mut at = 0;
        while at < script.rounds.len() {
            let mut candidate = script.clone();
            let to = (at + len).min(candidate.rounds.len());
            candidate.rounds.drain(at..to);
            match fails(&candidate) {
                Some(failed) => (script, outcome) = (candidate, failed),
                None => at += len,
            }
        }
        len = if len == 1 { 0 } else { len.div_ceil(2) };
    }
    for smaller in SIMPLER {
        for at in 0..script.rounds.len() {
            while let Some(candidate) = smaller(&script, at) {
                match fails(&candidate) {
                    Some(failed) => (script, outcome) = (candidate, failed),
                    None => break,
                }
            }
        }
    }
    (script, outcome)
}

type Simpler = fn(&Script, usize) -> Option<Script>;

/// Ways to make one round simpler; `None` when it is already.
const SIMPLER: [Simpler; 8] = [
    |script, at| with(script, |script| script.rounds[at].kill.take().is_some()),
    |script, at| with(script, |script| script.rounds[at].faults.pop().is_some()),
    |script, at| with(script, |script| script.rounds[at].meanwhile.pop().is_some()),
    |script, at| with(script, |script| script.rounds[at].acts.pop().is_some()),
    |script, at| {
        with(script, |script| {
            let acts = &mut script.rounds[at].acts;
            (acts.len() > 1).then(|| acts.remove(0)).is_some()
        })
    },
    |script, _| with(script, |script| script.before.pop().is_some()),
    |script, _| with(script, |script| script.opening.take().is_some()),
    |script, _| with(script, |script| script.opening_kill.take().is_some()),
];

fn with(script: &Script, change: impl FnOnce(&mut Script) -> bool) -> Option<Script> {
    let mut script = script.clone();
    change(&mut script).then_some(script)
}
