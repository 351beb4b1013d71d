//! What several pages show.
//!
//! [`Frame`] surrounds every page and gives it the `<main>` landmark; a page begins with its [`PageHeader`], which has
//! its one `h1`. Where a page's content cannot be had at all, an [`ErrorPage`] stands instead, with an `h1` of its own.

mod badges;
mod facts;
mod figures;
pub mod form;
mod icon;
mod nav;
mod page;
mod plain;
mod refresh;
mod rows;
mod rules;
mod typing;

pub use self::{
    badges::{ClassBadge, DatasetBadge, PersonChip, PriorityBadge, StatusBadge, TimeAgo, status_look},
    facts::FactSheets,
    figures::{BarList, DayChart, Figure, FigureStrip},
    icon::{Icon, IconName},
    nav::{Frame, Logo, MeResource},
    page::{Alert, EmptyState, ErrorPage, ErrorPanel, Loading, PageHeader, here},
    plain::{PlainField, Refusal, ToldOnce, message_of},
    refresh::refresh_on_live,
    rows::{Moment, RequestRows},
    rules::RulesExplained,
    typing::followed_text,
};
