//! The frame of the world: clock, faults, counts and the loopback server.
