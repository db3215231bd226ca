//! The simulation: people edit both sides, requests fail, processes die, databases are lost, all drawn from a seed; an
//! oracle that shares no code with the engine watches every change tandem makes.
//!
//! * [`script`] draws what happens, as data, with [`scenes`] for what is rare; [`people`] does it.
//! * [`place`] is the world with a tandem in it; [`watch`] the line between them.
//! * [`oracle`] judges every change at the moment it is made; [`end`] what is left when everybody has stopped.
//! * [`play`] plays a script; [`run`] plays many, and makes one that fails small.
//! * [`matrix`] has named scenarios instead, and kills the process at each of their effects.
//! * [`sabotage`] plants bugs, and has each of them caught.
//!
//! `SEEDS`, `CYCLES` and `SEED` choose what is played (CONTRIBUTING, "The simulation").

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]
#![allow(unreachable_pub, reason = "the modules of one test share a stage")]
#![allow(clippy::print_stdout, reason = "a run tells its numbers")]

mod end;
mod figures;
mod listen;
mod matrix;
mod oracle;
mod people;
mod place;
mod play;
mod run;
mod sabotage;
mod scenes;
mod script;
mod snapshot;
mod watch;

use play::play;
use script::Script;

#[test]
fn whatever_people_networks_and_power_cuts_do_nothing_is_lost_and_everything_agrees_in_the_end() {
    run::seeds();
}

#[test]
fn the_same_seed_is_the_same_story_to_the_letter() {
    for seed in [3, 17, 101] {
        let script = Script::draw(seed, 12);
        let [once, again] = [play(&script, true), play(&script, true)];
        assert!(once.trace.len() > 100, "{} requests", once.trace.len());
        assert_eq!(once.story, again.story, "seed {seed}");
        let first = once.trace.iter().zip(&again.trace).position(|(once, again)| once != again);
        let there = first.map(|at| (&once.trace[at], &again.trace[at]));
        assert_eq!((there, once.trace.len()), (None, again.trace.len()), "seed {seed}");
    }
}
