//! The kill matrix: every scenario is played to its end once, then again and again, each time with the process killed at
//! another one of its effects (a request about to be sent, an answer about to be read, a commit about to happen). The next
//! process has to bring the world to the same end, and then to leave it alone.
//!
//! `KILLS` and `SCENARIO` choose what is played (CONTRIBUTING, "The kill matrix"). By default every third effect has its
//! turn, another third for each scenario; with `KILLS=all` every one has.

mod coverage;
mod deeds;
mod ordeal;
mod scenarios;
mod told;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use coverage::Covered;
use ordeal::{Outcome, play};
use scenarios::{Scenario, all};
use told::difference;

/// By default one in so many effects is tried.
const STRIDE: u64 = 3;
/// One in so many scenarios has its recovery killed, too.
const TWICE: usize = 3;
/// So many failures of one scenario are enough to see what is wrong.
const MAX_FAILURES: usize = 5;

/// Which kills are tried.
enum Kills {
    Some,
    All,
    /// Only this, each number counted from the beginning of a process.
    These(Vec<u64>),
}

impl Kills {
    fn chosen() -> Kills {
        match std::env::var("KILLS").ok().as_deref() {
            None | Some("") => Kills::Some,
            Some("all") => Kills::All,
            Some(these) => {
                let number = |text: &str| text.trim().parse().ok();
                let these: Option<Vec<u64>> = these.split(',').map(number).collect();
                Kills::These(these.unwrap_or_else(|| panic!("KILLS is `all`, or numbers")))
            }
        }
    }
}

/// What came of one scenario.
#[derive(Default)]
struct Row {
    name: &'static str,
    effects: u64,
    kills: u64,
    /// Recoveries that were killed themselves.
    second_kills: u64,
    replaced: u64,
    covered: Covered,
    failures: Vec<String>,
}

#[test]
fn wherever_the_process_is_killed_the_next_one_brings_the_same_world_about() {
    let kills = Kills::chosen();
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let scenarios = all();
    // A whole name is that one; a part of a name is all that have it.
    let is_name = scenarios.iter().any(|scenario| scenario.name == wanted);
    let is_wanted = |name: &str| name == wanted || (!is_name && name.contains(&wanted));
    let rows = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(scenario) = scenarios.get(at) else { return };
                    if is_wanted(scenario.name) {
                        let row = tried(at, scenario, &kills);
                        rows.lock().unwrap().push((at, row));
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap();
    rows.sort_by_key(|(at, _)| *at);
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    print(&rows);
    let mut failures: Vec<String> = rows.iter().flat_map(|row| row.failures.clone()).collect();
    if wanted.is_empty() {
        failures.extend(coverage::lacking(rows.iter().map(|row| &row.covered)));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn print(rows: &[Row]) {
    println!("effects  kills  twice  scenario");
    for Row { name, effects, kills, second_kills, .. } in rows {
        println!("{effects:7} {kills:6} {second_kills:6}  {name}");
    }
    let sum = |of: fn(&Row) -> u64| rows.iter().map(of).sum::<u64>();
    println!(
        "{} scenarios with {} effects: killed at {} of them, and {} recoveries killed again; {} values replaced, each in the history before",
        rows.len(),
        sum(|row| row.effects),
        sum(|row| row.kills),
        sum(|row| row.second_kills),
        sum(|row| row.replaced),
    );
}

/// Plays one scenario with every kill that is to be tried.
fn tried(at: usize, scenario: &Scenario, kills: &Kills) -> Row {
    let calm = play(scenario, &[]);
    let mut row = Row { name: scenario.name, effects: calm.effects, ..Row::default() };
    row.judge(&calm, &calm, &[]);
    if !row.failures.is_empty() {
        return row;
    }
    row.covered = Covered::by(scenario, &calm);
    let offset = at as u64 % STRIDE;
    for effect in 0..calm.effects {
        let is_tried = match kills {
            Kills::Some => effect % STRIDE == offset,
            Kills::All => true,
            Kills::These(these) => these.first() == Some(&effect),
        };
        if !is_tried || row.failures.len() >= MAX_FAILURES {
            continue;
        }
        let once = play(scenario, &[effect]);
        row.kills += 1;
        row.judge(&calm, &once, &[effect]);
        let second = match kills {
            Kills::These(these) => these.get(1).copied(),
            // Somewhere else in each recovery.
            Kills::Some | Kills::All => {
                let is_tried = at.is_multiple_of(TWICE) && once.effects > 0;
                is_tried.then(|| (effect * 7 + 3) % once.effects)
            }
        };
        if let Some(second) = second {
            row.second_kills += 1;
            let kills = [effect, second];
            row.judge(&calm, &play(scenario, &kills), &kills);
        }
    }
    row
}

impl Row {
    fn judge(&mut self, calm: &Outcome, played: &Outcome, kills: &[u64]) {
        self.replaced += played.replaced;
        let mut wrong = played.wrong.clone();
        if played.deaths != kills.len() {
            wrong.push(format!("it was to die {} times, and died {}", kills.len(), played.deaths));
        }
        wrong.extend(difference(&calm.world, &played.world));
        if wrong.is_empty() {
            return;
        }
        let kills: Vec<String> = kills.iter().map(ToString::to_string).collect();
        let (name, wrong, kills) = (self.name, wrong.join("\n  "), kills.join(","));
        self.failures.push(format!(
            "{name}, killed at [{kills}]:\n  {wrong}\nagain: SCENARIO='{name}' KILLS='{kills}' cargo test --test simulation wherever -- --nocapture"
        ));
    }
}
