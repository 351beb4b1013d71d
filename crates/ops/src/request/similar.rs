//! What resembles a request that somebody fills in, as far as they may see it.

use domain::{
    bounds,
    error::Result,
    form::RequestForm,
    ids::RequestId,
    similar::{Likeness, Traits},
    view::{NameHolder, Similar},
};

use super::facts;
use crate::{Ctx, Ops, error::from_db};

impl Ops {
    /// Datasets and open requests that resemble `form`, the most similar first; `id` is the request that is edited.
    pub(super) async fn similar_to(
        &self,
        ctx: &Ctx,
        id: Option<RequestId>,
        form: &RequestForm,
    ) -> Result<Vec<Similar>> {
        let mine = Traits::of_form(form);
        let words = mine.search_words();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let mut found: Vec<(Likeness, Similar)> = Vec::new();
        for entry in self.db().similar_datasets(&words).await.map_err(from_db)? {
            if Some(entry.request) == id {
                continue;
            }
            // What is not guarded is everybody's, and need not be asked for one by one.
            let visibility = if entry.spec.data_class.is_guarded() {
                self.dataset_visibility(ctx, &entry).await?
            } else {
                domain::spec::Visibility::Full
            };
            if let Some(likeness) = mine.likeness(&Traits::of_spec(&entry.spec, visibility)) {
                found.push(shown(likeness, NameHolder::Dataset(entry.row.id), entry.row.full_name));
            }
        }
        for row in self.db().similar_requests(&words, id).await.map_err(from_db)? {
            let Some((visibility, spec)) = ctx.viewer.sees(&facts(&row)).zip(row.spec.as_ref()) else { continue };
            let full_name = spec.full_name();
            // An approved request has its dataset beside it in the list.
            if found.iter().any(|(_, other)| other.full_name == full_name) {
                continue;
            }
            if let Some(likeness) = mine.likeness(&Traits::of_spec(spec, visibility)) {
                found.push(shown(likeness, NameHolder::Request(row.request.id), full_name));
            }
        }
        found.sort_by(|(one, a), (other, b)| other.score.cmp(&one.score).then_with(|| a.full_name.cmp(&b.full_name)));
        Ok(found.into_iter().take(bounds::SIMILAR_SHOWN).map(|(_, similar)| similar).collect())
    }
}

fn shown(likeness: Likeness, holder: NameHolder, full_name: String) -> (Likeness, Similar) {
    let reason = likeness.reason.clone();
    (likeness, Similar { holder, full_name, reason })
}
