//! What fuzzing found, kept by name.
