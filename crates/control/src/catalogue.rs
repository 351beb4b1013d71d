//! What the catalogue adds to `GET /v1/datasets`.

use data::{json::Object, view::Fields};
use domain::{
    choices::{Environment, StorageKind},
    query::{CatalogueQuery, CatalogueSort},
    view::DatasetStatus,
};
use futures::future::BoxFuture;
use http::Extensions;
use ops::{Ctx, Ops};
use rest::{CataloguePage, Problem, Query};
use serde_json::Value;

use crate::{failure::Failure, model, requests};

pub(crate) struct Entries {
    pub ops: Ops,
}

impl rest::Catalogue for Entries {
    fn page<'a>(
        &'a self,
        asker: &'a Extensions,
        query: Query,
    ) -> BoxFuture<'a, Result<Option<CataloguePage>, Problem>> {
        Box::pin(async move {
            let Some(ctx) = asker.get::<Ctx>() else {
                query.finish()?;
                return Ok(None);
            };
            self.page_for(ctx, query).await.map(Some).map_err(Failure::into_problem)
        })
    }
}

impl Entries {
    async fn page_for(&self, ctx: &Ctx, mut query: Query) -> Result<CataloguePage, Failure> {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        for name in ["q", "environment", "storage", "team", "owner", "tag", "status", "sort"] {
            if let Some(value) = query.text(name)? {
                pairs.push((name, value));
            }
        }
        let narrows = pairs.iter().any(|(name, _)| *name != "sort");
        pairs.extend(requests::limit(&mut query)?.map(|limit| ("limit", limit)));
        pairs.extend(query.text("cursor")?.map(|cursor| ("after", cursor)));
        query.finish()?;
        for (name, value) in &pairs {
            let is_known = match *name {
                "environment" => value.parse::<Environment>().is_ok(),
                "storage" => value.parse::<StorageKind>().is_ok(),
                "status" => DatasetStatus::ALL.iter().any(|status| status.word() == value),
                "sort" => CatalogueSort::ALL.iter().any(|sort| sort.word() == value),
                _ => true,
            };
            if !is_known {
                return Err(Problem::malformed(format!("`{name}` does not know “{value}”; see /docs.")).into());
            }
        }
        let asked = CatalogueQuery::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())));
        let page = self.ops.catalogue_page(ctx, &asked).await?;
        let rows: Vec<Value> = page.rows.iter().map(model::dataset_row).collect();
        let members: Object = Fields::new()
            .with("catalogue", &rows)
            .with("total", &page.total)
            .with_some("next_cursor", page.next)
            .into_object();
        let only = narrows.then(|| page.rows.into_iter().map(|row| row.full_name).collect());
        Ok(CataloguePage { members, only })
    }
}
