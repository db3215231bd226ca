//! GitHub, as strict as its documentation says.
