//! What several pages show.

mod badges;
mod icon;
mod page;

pub use self::{
    badges::{PersonChip, PriorityBadge, StatusBadge, TimeAgo},
    icon::{Icon, IconName},
    page::{Alert, EmptyState, ErrorPanel, PageHeader},
};
