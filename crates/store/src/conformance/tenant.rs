//! Cases of [`TenantTx`](crate::TenantTx), [`Directory`](crate::Directory) and [`Admin`](crate::Admin).

pub mod admin;
pub mod approvals;
pub mod directory;
pub mod executions;
pub mod idempotency;
pub mod identity;
pub mod tenancy;
pub mod transactions;
pub mod workflows;

/// The list of these cases.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tenant {
    ($fresh:ident) => {
        $crate::conformance_cases!($fresh, tenant_admin in tenant::admin: [
            migrating_again_applies_nothing,
            a_ping_answers,
            maintenance_keeps_what_is_alive,
        ]);
        $crate::conformance_cases!($fresh, tenant_directory in tenant::directory: [
            a_tenant_has_the_limits_of_its_tier,
            the_first_tenant_comes_with_its_owner_and_a_key,
            there_is_one_first_tenant,
            of_two_bootstraps_at_once_one_succeeds,
            an_address_has_one_account,
            an_account_is_found_in_any_letter_case,
            a_session_is_found_by_its_token_until_it_ends,
            an_ended_session_is_gone,
            a_session_needs_an_account_of_its_tenant,
            a_link_signs_in_once,
            a_link_signs_in_once_even_when_used_many_times_at_once,
            an_expired_link_signs_nobody_in,
            an_unknown_link_signs_nobody_in,
        ]);
        $crate::conformance_cases!($fresh, tenant_executions in tenant::executions: [
            an_execution_is_found_as_it_was_accepted,
            an_inline_execution_has_neither_workflow_nor_version,
            an_unknown_execution_is_not_found,
            a_leased_execution_runs_until_it_is_given_back,
            an_ended_execution_shows_its_outcome,
            a_failed_execution_shows_why,
            a_waiting_execution_shows_for_what_and_until_when,
            a_delayed_execution_waits_for_its_time,
            the_name_of_the_workflow_is_the_present_one,
            a_list_shows_the_newest_first_in_pages,
            a_list_is_narrowed_by_status,
            a_list_is_narrowed_by_workflow,
            a_list_is_narrowed_by_trigger,
            a_list_is_narrowed_by_time,
            filters_of_a_list_combine,
            executions_are_found_by_the_name_of_their_workflow_or_the_beginning_of_their_id,
            a_journal_is_read_from_a_position_on,
            a_queued_execution_is_cancelled_at_once,
            a_waiting_execution_is_cancelled_at_once_and_its_timer_wakes_nothing,
            the_worker_of_a_running_execution_is_asked_to_end_it,
            a_cancel_reaches_the_next_worker_when_the_lease_is_given_back,
            an_ended_execution_is_not_cancelled,
            a_cancel_that_is_rolled_back_ends_nothing,
        ]);
        $crate::conformance_cases!($fresh, tenant_idempotency in tenant::idempotency: [
            a_repeated_request_gets_the_first_answer,
            an_answer_may_have_neither_location_nor_etag,
            another_request_with_the_same_key_is_a_mismatch,
            a_key_belongs_to_its_route,
            keys_differ_in_letter_case,
            a_key_is_free_again_after_a_day,
            a_key_taken_in_a_transaction_that_is_rolled_back_is_free,
            a_key_without_an_answer_is_free,
            a_request_waits_for_the_same_one_that_is_under_way,
            a_request_goes_on_when_the_same_one_is_rolled_back,
        ]);
        $crate::conformance_cases!($fresh, tenant_identity in tenant::identity: [
            a_new_key_is_found_by_its_id,
            an_unknown_key_is_not_found,
            a_key_is_found_until_it_expires,
            a_revoked_key_is_gone,
            an_unknown_key_cannot_be_revoked,
            keys_are_listed_newest_first,
            a_key_for_nobody_is_refused,
        ]);
        $crate::conformance_cases!($fresh, tenant_approvals in tenant::approvals: [
            a_question_is_found_with_all_that_was_asked,
            asking_again_changes_nothing,
            an_older_epoch_asks_nothing,
            a_decision_is_recorded_and_told_to_the_execution,
            of_two_decisions_at_once_one_counts,
            what_is_over_cannot_be_decided,
            a_decision_outlives_the_closing_of_its_question,
            questions_are_listed_newest_first_in_pages,
            questions_are_listed_for_those_they_name,
            the_secret_of_an_installation_is_the_first_one_offered,
        ]);
        $crate::conformance_cases!($fresh, tenant_tenancy in tenant::tenancy: [
            create_workflow_as_another_tenant_neither_meets_nor_touches_the_first,
            create_workflow_as_another_tenant_cannot_name_a_foreign_author,
            find_workflow_as_another_tenant_finds_nothing,
            find_workflows_named_as_another_tenant_finds_nothing,
            list_workflows_as_another_tenant_shows_nothing,
            update_workflow_as_another_tenant_changes_nothing,
            delete_workflow_as_another_tenant_deletes_nothing,
            list_versions_as_another_tenant_shows_nothing,
            find_version_as_another_tenant_finds_nothing,
            find_definition_as_another_tenant_finds_nothing,
            find_execution_as_another_tenant_finds_nothing,
            list_executions_as_another_tenant_shows_nothing,
            journal_as_another_tenant_is_empty,
            recorded_as_another_tenant_finds_nothing,
            cancel_execution_as_another_tenant_cancels_nothing,
            post_signal_as_another_tenant_finds_nobody,
            list_approvals_as_another_tenant_shows_nothing,
            find_approval_as_another_tenant_finds_nothing,
            decide_approval_as_another_tenant_decides_nothing,
            find_tenant_as_another_tenant_finds_that,
            find_user_as_another_tenant_finds_nobody,
            create_api_key_as_another_tenant_cannot_act_for_a_foreign_user,
            list_api_keys_as_another_tenant_shows_its_own,
            revoke_api_key_as_another_tenant_revokes_nothing,
            take_key_as_another_tenant_is_new,
            store_answer_as_another_tenant_leaves_the_first_answer,
        ]);
        $crate::conformance_cases!($fresh, tenant_transactions in tenant::transactions: [
            a_dropped_transaction_leaves_nothing,
            a_committed_transaction_is_seen_by_all,
            a_transaction_sees_what_it_wrote_and_nobody_else_does,
            a_transaction_that_only_reads_can_be_committed,
            a_failed_statement_spoils_its_transaction,
            many_transactions_at_once_are_all_kept,
            a_transaction_given_up_half_way_leaves_all_or_nothing,
        ]);
        $crate::conformance_cases!($fresh, tenant_workflows in tenant::workflows: [
            a_created_workflow_is_found,
            workflows_are_found_by_exactly_their_name,
            a_workflow_is_stored_as_it_was_given,
            publishing_at_creation_makes_version_one,
            an_id_that_is_taken_is_refused,
            a_definition_keeps_every_byte,
            workflows_with_equal_text_share_the_definition,
            an_unknown_author_is_refused,
            an_update_replaces_all_and_counts_the_revision_up,
            an_update_of_an_older_revision_changes_nothing,
            an_update_of_the_present_revision_is_done,
            an_unknown_workflow_cannot_be_changed,
            of_two_updates_of_one_revision_one_is_stale,
            publishing_a_changed_draft_makes_the_next_version,
            publishing_an_unchanged_draft_makes_no_version,
            publishing_the_text_of_an_older_version_makes_a_new_one,
            saving_a_draft_leaves_the_published_version,
            the_first_publication_may_come_later,
            a_deleted_workflow_is_gone,
            an_older_revision_is_not_deleted,
            executions_outlive_their_workflow,
            a_list_shows_the_newest_first_in_pages,
            a_search_looks_at_name_and_description_in_any_case,
            a_search_takes_special_characters_as_they_are,
            a_tag_narrows_the_list,
            versions_are_listed_newest_first_in_pages,
            an_unknown_version_is_not_found,
        ]);
    };
}
