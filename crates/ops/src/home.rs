//! What waits for the viewer.

use chrono::Duration;
use domain::{
    error::Result,
    ids::EventId,
    lifecycle::Status,
    query::{Column, Direction, QueueQuery, Scope, SortKey},
    view::{DayCount, HomeView, QueueRow, ReviewSummary},
    working,
};

use crate::{Ctx, Ops, directory::audience, error::from_db, queue::row_for};

const SHOWN: u32 = 6;
const CHART_DAYS: i64 = 14;
/// What is due within so many working hours is due soon.
const SOON_HOURS: i64 = 2;

impl Ops {
    /// The home page.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn home(&self, ctx: &Ctx) -> Result<HomeView> {
        let who = audience(ctx);
        let mine = QueueQuery { scope: Scope::Mine, limit: SHOWN, ..QueueQuery::default() };
        let by_update = vec![SortKey { column: Column::Updated, direction: Direction::Descending }];
        let recent = QueueQuery { sort: by_update.clone(), ..mine.clone() };
        let drafts = QueueQuery { statuses: vec![Status::Draft], sort: by_update, ..mine.clone() };
        let last_event = self.db().last_event().await.map_err(from_db)?;
        let counts = self.counts(ctx, &mine, last_event).await?;
        let to_answer = self.db().to_answer(&who, SHOWN).await.map_err(from_db)?;
        let review = if ctx.viewer.is_reviewer() { Some(self.review_summary(ctx, last_event).await?) } else { None };
        Ok(HomeView {
            mine: counts,
            recent: self.rows(ctx, &recent).await?,
            to_answer: to_answer.into_iter().filter_map(|entry| row_for(ctx, entry)).collect(),
            drafts: self.rows(ctx, &drafts).await?,
            review,
            now: self.now(),
            last_event,
        })
    }

    async fn rows(&self, ctx: &Ctx, query: &QueueQuery) -> Result<Vec<QueueRow>> {
        let slice = self.db().queue_page(query, &audience(ctx)).await.map_err(from_db)?;
        Ok(slice.rows.into_iter().filter_map(|entry| row_for(ctx, entry)).collect())
    }

    async fn review_summary(&self, ctx: &Ctx, last_event: EventId) -> Result<ReviewSummary> {
        let now = self.now();
        let first_day = (now - Duration::days(CHART_DAYS - 1)).date_naive();
        let since = first_day.and_time(chrono::NaiveTime::MIN).and_utc();
        let counted = self.db().day_counts(since).await.map_err(from_db)?;
        let days = first_day.iter_days().take(usize::try_from(CHART_DAYS).unwrap_or(0)).map(|day| {
            let found = counted.iter().find(|(counted, ..)| *counted == day);
            let (submitted, decided) = found.map_or((0, 0), |(_, submitted, decided)| (*submitted, *decided));
            DayCount { day, submitted, decided }
        });
        let claimed = QueueQuery {
            statuses: vec![Status::InReview, Status::NeedsInfo],
            reviewer: domain::query::ReviewerFilter::Is(ctx.person.handle.clone()),
            limit: SHOWN,
            ..QueueQuery::default()
        };
        let overdue = self.db().count_due_before(now).await.map_err(from_db)?;
        let soon = working::hours_after(now, SOON_HOURS);
        let oldest = self.db().oldest_open(SHOWN).await.map_err(from_db)?;
        Ok(ReviewSummary {
            counts: self.counts(ctx, &QueueQuery::default(), last_event).await?,
            unassigned: self.db().count_unassigned().await.map_err(from_db)?,
            overdue,
            due_soon: self.db().count_due_before(soon).await.map_err(from_db)? - overdue,
            mine: self.rows(ctx, &claimed).await?,
            oldest: oldest.into_iter().filter_map(|entry| row_for(ctx, entry)).collect(),
            ages: self.db().waiting_ages(now).await.map_err(from_db)?,
            days: days.collect(),
        })
    }
}
