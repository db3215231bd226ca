//! What is remembered of the property each field lives in: so that a rename in Notion breaks nothing, and so that a
//! property which comes back from a detour is compared afresh instead of being taken at its word (I13).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::SyncConfig;
use crate::model::{Field, Mapping, PropertyId, PropertyKind};
use crate::notion::{DataSource, Remembered};

/// The property of every field that was mapped once.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Properties(BTreeMap<Field, Known>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Known {
    id: PropertyId,
    /// What the config called it then. Another name means another property, not a rename in Notion.
    name: String,
    /// How often it came back after it was gone or of a type that could not hold the field.
    returns: u32,
    /// Whether it is gone or of such a type now.
    is_away: bool,
}

impl Properties {
    /// The ids by which properties are known whatever their name is now.
    pub(super) fn remembered(&self, config: &SyncConfig) -> Remembered {
        let same = |field: &Field, known: &Known| {
            config.fields.get(field).is_some_and(|now| now.property == known.name)
        };
        let known = self.0.iter().filter(|(field, known)| same(field, known));
        known.map(|(field, known)| (*field, known.id.clone())).collect()
    }

    /// Takes down how the config met a schema.
    pub(super) fn learn(&mut self, config: &SyncConfig, source: &DataSource, mapping: &Mapping) {
        for field in mapping.broken.keys() {
            if let Some(known) = self.0.get_mut(field) {
                let kind = source.property(&known.id).map(|property| &property.kind);
                let fits = |kind: &PropertyKind| PropertyKind::accepted_by(*field).contains(kind);
                known.is_away |= !kind.is_some_and(fits);
            }
        }
        for (field, place) in &mapping.fields {
            let Some(now) = config.fields.get(field) else { continue };
            let returns = self
                .0
                .get(field)
                .map_or(0, |known| known.returns.saturating_add(u32::from(known.is_away)));
            let (id, name) = (place.property.clone(), now.property.clone());
            self.0.insert(*field, Known { id, name, returns, is_away: false });
        }
    }

    /// Voids what was agreed on before a property went away: what its pages show now may be what the detour left of
    /// it, and nobody's edit.
    pub(super) fn mark_returns(&self, mapping: &mut Mapping) {
        for (field, place) in &mut mapping.fields {
            if let Some(known) = self.0.get(field).filter(|known| known.returns > 0) {
                place.fingerprint = format!("{}-{}", place.fingerprint, known.returns);
            }
        }
    }
}
