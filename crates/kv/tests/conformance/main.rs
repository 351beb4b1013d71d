//! What every store must do, as named tests over every store and every wrapper.
//!
//! A store is one line in `stores!`. Servers are named by variables, which `scripts/with-stores.sh` sets; where one is
//! missing its tests say that they are skipped, and fail where KVSTORE_TEST_REQUIRE is set.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test it is the assertion")]

mod entries;
mod expiry;
mod lists;
mod races;
mod rig;
mod txns;
mod watching;
mod writes;

/// One module of tests for each store: the name of the store's opener in `rig`, and all cases.
macro_rules! stores {
    ($($(#[$gate:meta])* $store:ident,)*) => { $(
        $(#[$gate])*
        mod $store {
            use crate::rig;
            const OPEN: rig::Open = |clock| Box::pin(rig::$store(clock));
            cases! {
                entries: absent_is_none, put_then_get_gives_back_what_was_sent, reads_answer_in_the_order_of_the_keys,
                    empty_and_largest_values, all_bytes_in_values, keys_of_one_byte_and_of_1024,
                    spaces_do_not_see_each_other, purge_takes_all_of_a_space_and_nothing_else;
                writes: created_replaced_deleted_was_absent, each_condition_on_present_and_absent,
                    a_refused_write_changes_nothing_and_tells_the_revision, revisions_never_repeat,
                    a_batch_of_a_thousand, a_batch_refuses_each_by_itself;
                expiry: expired_is_never_served, expired_counts_as_absent, a_later_write_lifts_the_expiry,
                    sweeping_leaves_what_lives;
                lists: order_is_by_bytes, every_character_of_unicode_in_order, half_open_ranges_and_prefixes,
                    pages_follow_each_other, a_page_ends_at_its_bytes, values_only_where_asked, lists_under_writes;
                races: increments_add_up, one_of_many_creates_wins, read_your_writes;
                txns: both_branches, nothing_happens_in_half, transfers_keep_the_sum, txn_scope_is_as_declared,
                    expired_in_a_txn_is_absent;
                watching: changes_in_order_or_unsupported;
            }
        }
    )* };
}

macro_rules! cases {
    ($($group:ident: $($name:ident),*;)*) => { $($(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if let Some(rig) = crate::rig::Rig::open(OPEN, stringify!($name)).await {
                crate::$group::$name(&rig).await;
            }
        }
    )*)* };
}

stores! {
    memory,
    memory_behind_a_deadline,
    slow_memory,
    #[cfg(feature = "embedded")] embedded,
    #[cfg(feature = "postgres")] postgres,
    #[cfg(feature = "postgres")] postgres_behind_a_deadline,
    #[cfg(feature = "redis")] redis,
    #[cfg(feature = "redis")] redis_cluster,
    #[cfg(feature = "dynamodb")] dynamodb,
    #[cfg(feature = "dynamodb")] aws,
}
