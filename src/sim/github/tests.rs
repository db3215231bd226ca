//! Stories about the stand-in for GitHub.
