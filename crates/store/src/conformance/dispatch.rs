//! Cases of [`Dispatch`](crate::Dispatch).

pub mod accept;
pub mod cancel;
pub mod children;
pub mod claim;
pub mod finish;
pub mod idempotency;
pub mod invariants;
pub mod journal;
pub mod liveness;
pub mod outbox;
pub mod signals;
pub mod storm;
pub mod tenants;
pub mod wait;
pub mod windows;

/// The list of these cases.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_dispatch {
    ($fresh:ident) => {
        $crate::conformance_cases!($fresh, dispatch_accept in dispatch::accept: [
            an_unknown_workflow_is_not_accepted,
            an_accepted_execution_is_recorded_with_all_that_was_given,
            a_batch_is_answered_in_its_order_whatever_each_item_gets,
            an_inline_definition_is_stored_under_its_hash_and_runs,
            a_version_published_a_moment_ago_is_the_one_that_runs,
            a_deleted_workflow_is_unknown,
            hints_name_each_accepted_execution_once_in_its_queue,
            a_batch_may_span_tenants,
            an_execution_for_later_waits_for_its_time,
            a_start_in_the_past_is_a_start_at_once,
            payloads_are_bytes_and_come_back_as_they_were,
            an_empty_batch_does_nothing,
            an_id_that_exists_makes_the_batch_fail_as_a_whole,
        ]);
        $crate::conformance_cases!($fresh, dispatch_idempotency in dispatch::idempotency: [
            a_repeated_request_gets_the_same_execution,
            a_key_used_for_another_request_is_a_mismatch,
            equal_keys_in_one_batch_get_one_execution,
            new_and_repeated_requests_mix_in_one_batch,
            a_refused_request_does_not_use_its_key_up,
            a_repeat_is_answered_even_when_the_workflow_is_gone,
            a_key_is_free_again_after_a_day,
            keys_of_different_tenants_and_routes_are_different_keys,
        ]);
        $crate::conformance_cases!($fresh, dispatch_claim in dispatch::claim: [
            a_claim_brings_all_a_worker_needs,
            a_claim_tells_the_limits_of_the_tenant,
            a_claim_leaves_out_what_is_leased_waiting_ended_or_unknown,
            duplicate_and_late_hints_claim_once,
            claims_come_in_the_order_asked_for,
            an_unknown_or_retired_worker_claims_nothing,
            a_later_claim_brings_the_journal_in_order_and_the_first_start,
            workers_that_claim_the_same_hints_at_once_share_them_out,
            a_worker_without_hints_claims_what_was_hinted_long_ago,
            what_is_claimed_without_hints_comes_from_each_shard_in_turn,
            workers_without_hints_that_claim_at_once_share_the_work_out,
        ]);
        $crate::conformance_cases!($fresh, dispatch_journal in dispatch::journal: [
            segments_are_read_back_in_order,
            a_reader_gets_the_segments_with_records_it_has_not_seen,
            repeating_an_append_writes_it_once,
            of_two_segments_that_begin_alike_the_longer_one_of_the_newest_owner_counts,
            a_large_segment_comes_back_as_it_was,
        ]);
        $crate::conformance_cases!($fresh, dispatch_finish in dispatch::finish: [
            a_finished_execution_keeps_its_outcome,
            each_terminal_status_can_be_reached,
            an_execution_ends_once,
            an_older_epoch_writes_nothing,
            a_zombie_stays_fenced_after_a_wait_and_another_claim,
            fenced_items_do_not_hold_the_rest_of_the_batch_back,
        ]);
        $crate::conformance_cases!($fresh, dispatch_wait in dispatch::wait: [
            a_waiting_execution_holds_no_lease_and_says_why,
            a_due_timer_queues_its_execution_with_a_hint,
            waking_takes_the_earliest_first_and_no_more_than_asked,
            a_wait_for_a_signal_has_no_timer,
            a_timer_of_a_cancelled_execution_wakes_nothing,
            schedulers_that_wake_at_once_wake_each_execution_once,
            an_execution_may_wait_again_and_again,
        ]);
        $crate::conformance_cases!($fresh, dispatch_signals in dispatch::signals: [
            a_signal_wakes_an_execution_that_waits,
            a_signal_sent_before_the_first_claim_comes_with_it,
            an_execution_without_signals_has_an_empty_inbox,
            signals_come_in_the_order_of_their_arrival,
            a_wait_does_not_begin_over_a_signal_that_was_not_seen,
            a_cancel_wins_over_a_signal,
            a_taken_signal_is_gone_and_the_others_stay,
            an_older_epoch_takes_nothing,
            a_lease_takes_signals_of_its_own_execution_only,
            what_was_not_taken_comes_again_after_a_crash,
            an_execution_that_has_ended_takes_no_signal,
            a_signal_delivered_after_the_end_changes_nothing,
            no_more_signals_lie_there_than_allowed,
            a_signal_that_is_rolled_back_was_never_there,
            a_life_sign_tells_of_signals_to_those_who_listen,
            a_signal_that_races_with_a_wait_is_never_slept_over,
            deliveries_at_once_deliver_each_signal_once,
        ]);
        $crate::conformance_cases!($fresh, dispatch_cancel in dispatch::cancel: [
            a_queued_execution_is_cancelled_at_once,
            a_waiting_execution_is_cancelled_at_once,
            a_running_execution_is_ended_by_its_worker,
            a_cancel_wins_over_a_wait,
            a_requested_cancel_is_told_to_the_next_claim,
            a_cancel_that_is_rolled_back_changes_nothing,
            cancels_that_race_with_claims_waits_and_ends_leave_one_outcome,
        ]);
        $crate::conformance_cases!($fresh, dispatch_children in dispatch::children: [
            a_child_knows_who_started_it_and_a_claim_brings_that,
            a_child_that_is_asked_for_again_is_started_once,
            children_that_are_asked_for_twice_at_once_are_started_once,
            a_zombie_starts_no_child,
            a_child_of_another_tenants_workflow_or_execution_is_refused,
            the_end_of_a_child_is_told_once_to_whoever_waits,
            each_way_to_end_is_told_with_its_failure,
            a_child_that_is_cancelled_in_the_queue_is_told_too,
            the_end_of_a_child_nobody_waits_for_is_told_to_nobody,
            the_end_of_a_parent_stops_children_wherever_they_are,
            stopping_goes_down_from_generation_to_generation,
            an_abandoned_child_is_stopped_while_its_parent_goes_on,
            a_parent_and_its_child_may_end_in_one_batch,
            parents_and_children_that_end_at_once_leave_nothing_behind,
            a_child_that_killed_its_workers_is_told_as_failed,
            reports_of_families_that_are_out_of_date_change_nothing,
        ]);
        $crate::conformance_cases!($fresh, dispatch_liveness in dispatch::liveness: [
            released_work_is_ready_at_once_with_a_hint,
            a_heartbeat_tells_which_leases_are_lost,
            a_worker_can_ask_for_all_its_leases,
            a_silent_worker_loses_its_leases,
            a_worker_that_gave_a_life_sign_keeps_its_leases,
            what_a_retired_worker_left_behind_is_freed_at_once,
            an_execution_that_kills_its_workers_fails_as_worker_lost,
            a_second_crash_is_not_tried_again_at_once,
            the_reaper_takes_no_more_than_asked,
            reapers_that_run_at_once_free_each_lease_once,
        ]);
        $crate::conformance_cases!($fresh, dispatch_outbox in dispatch::outbox: [
            a_confirmed_hint_is_not_published_again,
            a_fresh_hint_is_left_to_whoever_wrote_it,
            a_relay_takes_a_hint_that_no_other_relay_took_just_now,
            a_swept_execution_is_hinted_again_until_it_is_claimed,
            a_sweep_hints_no_more_than_asked_and_the_longest_unclaimed_first,
            repeated_hints_are_cut_into_messages,
        ]);
        $crate::conformance_cases!($fresh, dispatch_windows in dispatch::windows: [
            a_window_that_is_too_full_closes_and_what_comes_then_waits_for_its_turn,
            the_urgent_and_then_the_oldest_get_their_turn_first,
            a_turn_is_shared_among_the_tenants_whose_executions_wait,
            work_in_progress_is_hinted_whatever_the_window,
            what_is_leased_or_not_due_leaves_room_in_the_window,
            schedulers_that_tend_windows_at_once_fill_each_once,
        ]);
        $crate::conformance_cases!($fresh, dispatch_invariants in dispatch::invariants: [
            a_healthy_store_has_no_violations_and_repairing_it_changes_nothing,
            recent_executions_can_be_checked_alone,
            the_backlog_counts_what_stands_where,
        ]);
        $crate::conformance_cases!($fresh, dispatch_tenants in dispatch::tenants: [
            a_lease_that_names_another_tenant_writes_nothing,
            a_repair_that_names_another_tenant_changes_nothing,
            a_claim_mints_the_scope_of_the_owner,
        ]);
        $crate::conformance_cases!($fresh, dispatch_storm in dispatch::storm: [
            actors_that_meet_at_random_leave_every_execution_with_one_end,
        ]);
    };
}
