//! What several pages show.
//!
//! [`Frame`] surrounds every page and gives it the `<main>` landmark; a page begins with its [`PageHeader`], which has
//! its one `h1`. Where a page's content cannot be had at all, an [`ErrorPage`] stands instead, with an `h1` of its own.

mod badges;
pub mod form;
mod icon;
mod nav;
mod page;
mod refresh;

pub use self::{
    badges::{ClassBadge, DatasetBadge, PersonChip, PriorityBadge, StatusBadge, TimeAgo, status_look},
    icon::{Icon, IconName},
    nav::{Frame, Logo, MeResource},
    page::{Alert, EmptyState, ErrorPage, ErrorPanel, PageHeader},
    refresh::refresh_on_live,
};
