//! People duplicate data sources and move pages between them.

use chrono::{DateTime, Utc};

use super::ids::{DataSourceId, PageId, UserId};
use super::people::Unknown;
use super::state::State;

impl State {
    /// Duplicates a data source without its pages. The copy's properties have the ids of the original's.
    ///
    /// # Errors
    /// When the data source is unknown.
    pub fn duplicate_data_source(
        &mut self,
        source: DataSourceId,
        title: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<DataSourceId, Unknown> {
        let schema = self.source_mut(source)?.schema.clone();
        let (_, copy) = self.add_data_source(title, &[], by, now);
        self.source_mut(copy)?.schema = schema;
        Ok(copy)
    }

    /// Moves a page into another data source. Only what the two have in common by id comes along.
    ///
    /// # Errors
    /// When the page or the data source is unknown.
    pub fn move_page(
        &mut self,
        page: PageId,
        to: DataSourceId,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        let mut moved = self.page_now(page)?;
        let new_schema = self.source_mut(to)?.schema.clone();
        let old = self.source_mut(moved.source)?;
        old.rows.retain(|id| *id != page);
        old.revision += 1;
        moved.values.retain(|id, _| {
            let kind =
                |schema: &super::schema::Schema| Some(schema.get(id)?.kind.name().to_owned());
            kind(&new_schema) == kind(&old.schema)
        });
        moved.source = to;
        self.source_mut(to)?.rows.push(page);
        self.edit_page(moved, by, now);
        Ok(())
    }
}
