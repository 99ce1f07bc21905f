//! The tables as diesel sees them: one schema for both databases.
//!
//! Ids are UUIDs as 16 bytes; instants are Timestamps that hold UTC.

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    requests (id) {
        id -> Binary,
        kind -> Text,
        user_id -> Binary,
        digest -> Binary,
        answer -> Nullable<Binary>,
        created_at -> Timestamp,
        gone_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    audit_entries (seq) {
        seq -> BigInt,
        at -> Timestamp,
        actor_id -> Nullable<Binary>,
        actor_role -> Nullable<Text>,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Nullable<Binary>,
        branch_id -> Nullable<Binary>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::table! {
    audit_seals (position) {
        position -> BigInt,
        entry_seq -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    branches (id) {
        id -> Binary,
        code -> Text,
        name -> Text,
        time_zone -> Text,
        created_at -> Timestamp,
        lead_minutes -> Integer,
        grace_minutes -> Integer,
        rotation_weeks -> Integer,
        day_rate_fen -> Nullable<Integer>,
    }
}

diesel::table! {
    users (id) {
        id -> Binary,
        login -> Text,
        name -> Text,
        role -> Text,
        branch_id -> Nullable<Binary>,
        email -> Nullable<Text>,
        language -> Text,
        compliance -> Bool,
        password_hash -> Nullable<Text>,
        totp_secret -> Nullable<Binary>,
        totp_last_step -> Nullable<BigInt>,
        certificate_no -> Nullable<Text>,
        certificate_expires_on -> Nullable<Date>,
        position_agreed_at -> Nullable<Timestamp>,
        disabled_at -> Nullable<Timestamp>,
        version -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    invitations (token_hash) {
        token_hash -> Binary,
        user_id -> Binary,
        kind -> Text,
        created_by -> Nullable<Binary>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Binary,
        token_hash -> Binary,
        user_id -> Binary,
        kept -> Bool,
        user_agent -> Text,
        address -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    half_sign_ins (token_hash) {
        token_hash -> Binary,
        user_id -> Binary,
        password_mark -> Binary,
        kept -> Bool,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    sign_in_tries (id) {
        id -> Binary,
        login_key -> Text,
        address -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    calendar_days (id) {
        id -> Binary,
        branch_id -> Nullable<Binary>,
        date -> Date,
        is_workday -> Bool,
        name -> Text,
    }
}

diesel::table! {
    banks (id) {
        id -> Binary,
        name -> Text,
        name_folded -> Text,
        kind -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    outlets (id) {
        id -> Binary,
        code -> Text,
        name -> Text,
        name_folded -> Text,
        search_text -> Text,
        branch_id -> Binary,
        bank_id -> Nullable<Binary>,
        bank_by_hand -> Bool,
        tier -> Nullable<Text>,
        tier_by_hand -> Bool,
        parent_id -> Nullable<Binary>,
        parent_by_hand -> Bool,
        phase -> Text,
        grade -> Nullable<Text>,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        datum -> Text,
        given_lat -> Nullable<Double>,
        given_lon -> Nullable<Double>,
        radius_m -> Integer,
        fence -> Nullable<Text>,
        address -> Text,
        district -> Text,
        phone -> Text,
        note -> Text,
        version -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        wanted_brokers -> Integer,
        footfall -> Nullable<Integer>,
        assets_fen -> Nullable<BigInt>,
        assets_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    outlet_hours (outlet_id, weekday, opens) {
        outlet_id -> Binary,
        weekday -> Integer,
        opens -> Text,
        closes -> Text,
    }
}

diesel::table! {
    outlet_closures (id) {
        id -> Binary,
        outlet_id -> Binary,
        from_date -> Date,
        to_date -> Date,
        reason -> Text,
    }
}

diesel::table! {
    outlet_phases (id) {
        id -> Binary,
        outlet_id -> Binary,
        phase -> Text,
        reason -> Text,
        by_user -> Nullable<Binary>,
        at -> Timestamp,
    }
}

diesel::table! {
    contacts (id) {
        id -> Binary,
        outlet_id -> Binary,
        name -> Text,
        name_folded -> Text,
        role -> Text,
        influence -> Nullable<Text>,
        introduced_by -> Text,
        birthday -> Text,
        phone -> Text,
        is_client -> Bool,
        note -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    communities (id) {
        id -> Binary,
        branch_id -> Binary,
        code -> Nullable<Text>,
        name -> Text,
        name_folded -> Text,
        address -> Text,
        district -> Text,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    shifts (id) {
        id -> Binary,
        branch_id -> Binary,
        outlet_id -> Binary,
        broker_id -> Binary,
        date -> Date,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        created_by -> Nullable<Binary>,
        created_at -> Timestamp,
        sequence -> Integer,
        own_start -> Bool,
        own_end -> Bool,
    }
}

diesel::table! {
    checkins (id) {
        id -> Binary,
        branch_id -> Binary,
        broker_id -> Binary,
        outlet_id -> Nullable<Binary>,
        shift_id -> Nullable<Binary>,
        kind -> Text,
        at -> Timestamp,
        date -> Date,
        received_at -> Timestamp,
        offline -> Bool,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        accuracy_m -> Nullable<Double>,
        datum -> Text,
        given_lat -> Nullable<Double>,
        given_lon -> Nullable<Double>,
        reason -> Nullable<Text>,
        verdict -> Text,
        distance_m -> Nullable<Double>,
        minutes_late -> Nullable<Integer>,
        minutes_early -> Nullable<Integer>,
        flags -> Text,
        review -> Nullable<Text>,
        review_note -> Nullable<Text>,
        reviewed_by -> Nullable<Binary>,
        reviewed_at -> Nullable<Timestamp>,
        answer -> Nullable<Text>,
        answered_at -> Nullable<Timestamp>,
        digest -> Nullable<Binary>,
    }
}

diesel::table! {
    prospects (id) {
        id -> Binary,
        branch_id -> Binary,
        broker_id -> Binary,
        met_by -> Binary,
        name -> Text,
        name_folded -> Text,
        mobile -> Nullable<Binary>,
        mobile_hash -> Nullable<Binary>,
        met_at -> Timestamp,
        met_on -> Date,
        source -> Text,
        preferred_channel -> Text,
        outlet_id -> Nullable<Binary>,
        referrer -> Nullable<Text>,
        experience -> Text,
        note -> Nullable<Text>,
        stage -> Text,
        stage_at -> Timestamp,
        stage_before_lost -> Nullable<Text>,
        state -> Text,
        merged_into -> Nullable<Binary>,
        version -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        lost_reason -> Nullable<Text>,
    }
}

diesel::table! {
    consents (id) {
        id -> Binary,
        prospect_id -> Binary,
        given_at -> Timestamp,
        purpose -> Text,
        text_version -> Text,
        way -> Text,
        recorded_by -> Binary,
        recorded_at -> Timestamp,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    touches (id) {
        id -> Binary,
        prospect_id -> Binary,
        by_user -> Binary,
        channel -> Text,
        outcome -> Text,
        at -> Timestamp,
        note -> Nullable<Text>,
        created_at -> Timestamp,
        edited_at -> Nullable<Timestamp>,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    touch_changes (id) {
        id -> Binary,
        touch_id -> Binary,
        by_user -> Binary,
        at -> Timestamp,
        channel -> Text,
        outcome -> Text,
        touched_at -> Timestamp,
        note -> Nullable<Text>,
        withdrawn -> Bool,
    }
}

diesel::table! {
    stage_changes (id) {
        id -> Binary,
        prospect_id -> Binary,
        number -> Integer,
        from_stage -> Nullable<Text>,
        to_stage -> Text,
        at -> Timestamp,
        reason -> Nullable<Text>,
        touch_id -> Nullable<Binary>,
        by_user -> Binary,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    prospect_changes (id) {
        id -> Binary,
        prospect_id -> Binary,
        by_user -> Binary,
        at -> Timestamp,
        field -> Text,
        old -> Nullable<Text>,
        new -> Nullable<Text>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    follow_ups (id) {
        id -> Binary,
        prospect_id -> Binary,
        branch_id -> Binary,
        broker_id -> Binary,
        number -> Integer,
        starts_at -> Timestamp,
        due_on -> Date,
        kept_at -> Nullable<Timestamp>,
        kept_on -> Nullable<Date>,
        kept_by_touch -> Nullable<Binary>,
        waived_at -> Nullable<Timestamp>,
        waived_by -> Nullable<Binary>,
        waived_reason -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    erased_people (mobile_hash) {
        mobile_hash -> Binary,
        erased_at -> Timestamp,
    }
}

diesel::table! {
    data_requests (id) {
        id -> Binary,
        kind -> Text,
        prospect_id -> Nullable<Binary>,
        found -> Integer,
        reason -> Text,
        by_user -> Binary,
        at -> Timestamp,
    }
}

diesel::table! {
    mails (id) {
        id -> Binary,
        kind -> Text,
        user_id -> Nullable<Binary>,
        to_address -> Text,
        day -> Date,
        subject -> Text,
        body -> Binary,
        message_id -> Text,
        state -> Text,
        tries -> Integer,
        next_try_at -> Timestamp,
        unanswered -> Integer,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        sent_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    prospect_imports (id) {
        id -> Binary,
        branch_id -> Binary,
        by_user -> Nullable<Binary>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        at -> Timestamp,
        decided_at -> Nullable<Timestamp>,
        moved_at -> Timestamp,
    }
}

diesel::table! {
    prospect_import_parts (import_id, number) {
        import_id -> Binary,
        number -> Integer,
        sealed -> Binary,
    }
}

diesel::table! {
    report_schedules (user_id, period) {
        user_id -> Binary,
        period -> Text,
        set_at -> Timestamp,
    }
}

diesel::table! {
    report_mails (user_id, period, first_day) {
        user_id -> Binary,
        period -> Text,
        first_day -> Date,
        mail_id -> Binary,
        decided_at -> Timestamp,
    }
}

diesel::table! {
    reminder_days (user_id, kind, day) {
        user_id -> Binary,
        kind -> Text,
        day -> Date,
        mail_id -> Nullable<Binary>,
        decided_at -> Timestamp,
    }
}

diesel::table! {
    outlet_special_hours (outlet_id, date) {
        outlet_id -> Binary,
        date -> Date,
        opens -> Text,
        closes -> Text,
        reason -> Text,
    }
}

diesel::table! {
    leaves (id) {
        id -> Binary,
        branch_id -> Binary,
        broker_id -> Binary,
        from_date -> Date,
        to_date -> Date,
        kind -> Text,
        reason -> Text,
        state -> Text,
        asked_by -> Binary,
        asked_at -> Timestamp,
        decided_by -> Nullable<Binary>,
        decided_at -> Nullable<Timestamp>,
        decision_note -> Text,
    }
}

diesel::table! {
    unwelcome (id) {
        id -> Binary,
        branch_id -> Binary,
        outlet_id -> Binary,
        broker_id -> Binary,
        from_date -> Date,
        to_date -> Nullable<Date>,
        reason -> Text,
        by_user -> Binary,
        at -> Timestamp,
    }
}

diesel::table! {
    rota_drafts (id) {
        id -> Binary,
        branch_id -> Binary,
        from_date -> Date,
        to_date -> Date,
        state -> Text,
        version -> Integer,
        created_by -> Binary,
        created_at -> Timestamp,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    draft_shifts (draft_id, broker_id, date) {
        draft_id -> Binary,
        broker_id -> Binary,
        date -> Date,
        outlet_id -> Binary,
        starts_at -> Nullable<Timestamp>,
        ends_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    draft_changes (draft_id, number) {
        draft_id -> Binary,
        number -> Integer,
        batch -> Integer,
        broker_id -> Binary,
        date -> Date,
        old_outlet_id -> Nullable<Binary>,
        old_starts_at -> Nullable<Timestamp>,
        old_ends_at -> Nullable<Timestamp>,
        new_outlet_id -> Nullable<Binary>,
        new_starts_at -> Nullable<Timestamp>,
        new_ends_at -> Nullable<Timestamp>,
        by_user -> Binary,
        at -> Timestamp,
        undone_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    rota_publications (id) {
        id -> Binary,
        branch_id -> Binary,
        draft_id -> Nullable<Binary>,
        from_date -> Date,
        to_date -> Date,
        by_user -> Binary,
        at -> Timestamp,
        added -> Integer,
        moved -> Integer,
        removed -> Integer,
    }
}

diesel::table! {
    shift_changes (id) {
        id -> Binary,
        branch_id -> Binary,
        shift_id -> Binary,
        sequence -> Integer,
        kind -> Text,
        broker_id -> Binary,
        date -> Date,
        old_outlet_id -> Nullable<Binary>,
        old_starts_at -> Nullable<Timestamp>,
        old_ends_at -> Nullable<Timestamp>,
        new_outlet_id -> Nullable<Binary>,
        new_starts_at -> Nullable<Timestamp>,
        new_ends_at -> Nullable<Timestamp>,
        reason -> Text,
        publication_id -> Nullable<Binary>,
        by_user -> Binary,
        at -> Timestamp,
        edit_id -> Nullable<Binary>,
    }
}

diesel::table! {
    board_edits (id) {
        id -> Binary,
        branch_id -> Binary,
        by_user -> Binary,
        at -> Timestamp,
        undone_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    swaps (id) {
        id -> Binary,
        branch_id -> Binary,
        shift_id -> Binary,
        date -> Date,
        from_broker_id -> Binary,
        to_broker_id -> Nullable<Binary>,
        other_shift_id -> Nullable<Binary>,
        other_date -> Nullable<Date>,
        reason -> Text,
        state -> Text,
        offered_at -> Timestamp,
        taken_at -> Nullable<Timestamp>,
        decided_by -> Nullable<Binary>,
        decided_at -> Nullable<Timestamp>,
        decision_note -> Text,
    }
}

diesel::table! {
    attendance_corrections (id) {
        id -> Binary,
        branch_id -> Binary,
        shift_id -> Binary,
        broker_id -> Binary,
        date -> Date,
        in_at -> Nullable<Timestamp>,
        out_at -> Nullable<Timestamp>,
        reason -> Text,
        state -> Text,
        asked_at -> Timestamp,
        decided_by -> Nullable<Binary>,
        decided_at -> Nullable<Timestamp>,
        decision_note -> Text,
    }
}

diesel::table! {
    spot_checks (id) {
        id -> Binary,
        branch_id -> Binary,
        broker_id -> Binary,
        outlet_id -> Binary,
        date -> Date,
        at -> Timestamp,
        present -> Bool,
        dress_ok -> Nullable<Bool>,
        badge_ok -> Nullable<Bool>,
        note -> Text,
        by_user -> Binary,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    calendar_feeds (id) {
        id -> Binary,
        token_hash -> Binary,
        branch_id -> Binary,
        user_id -> Nullable<Binary>,
        outlet_id -> Nullable<Binary>,
        created_by -> Binary,
        created_at -> Timestamp,
        read_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    rota_sheet_codes (branch_id, kind, code_folded) {
        branch_id -> Binary,
        kind -> Text,
        code_folded -> Text,
        target_id -> Nullable<Binary>,
        by_user -> Binary,
        at -> Timestamp,
    }
}

diesel::table! {
    funnel_segments (branch_id, month) {
        branch_id -> Binary,
        month -> Date,
        version -> Integer,
        people -> Integer,
        packed_at -> Timestamp,
        figures -> Binary,
        outlets -> Binary,
        brokers -> Binary,
    }
}

diesel::table! {
    funnel_marks (id) {
        id -> Binary,
        branch_id -> Binary,
        met_on -> Date,
    }
}

diesel::table! {
    roll_days (branch_id, date) {
        branch_id -> Binary,
        date -> Date,
        version -> Integer,
        packed -> Binary,
    }
}

diesel::table! {
    roll_marks (id) {
        id -> Binary,
        branch_id -> Binary,
        first_day -> Date,
        last_day -> Date,
    }
}

diesel::table! {
    goal_settings (branch_id) {
        branch_id -> Binary,
        time_by -> Text,
        margin_points -> Integer,
    }
}

diesel::table! {
    broker_tiers (broker_id) {
        broker_id -> Binary,
        branch_id -> Binary,
        tier -> Text,
        by_user -> Binary,
        at -> Timestamp,
    }
}

diesel::table! {
    targets (id) {
        id -> Binary,
        branch_id -> Binary,
        from_date -> Date,
        to_date -> Date,
        subject -> Text,
        member -> Text,
        measure -> Text,
        value -> BigInt,
        set_by -> Binary,
        set_at -> Timestamp,
    }
}

diesel::table! {
    agreements (id) {
        id -> Binary,
        branch_id -> Binary,
        outlet_id -> Nullable<Binary>,
        bank_id -> Nullable<Binary>,
        from_date -> Date,
        to_date -> Date,
        note -> Text,
        created_by -> Binary,
        created_at -> Timestamp,
        ended_by -> Nullable<Binary>,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    agreement_lines (id) {
        id -> Binary,
        agreement_id -> Binary,
        number -> Integer,
        side -> Text,
        measure -> Text,
        way -> Text,
        target -> BigInt,
    }
}

diesel::table! {
    agreement_entries (id) {
        id -> Binary,
        agreement_id -> Binary,
        line_id -> Binary,
        on_date -> Date,
        value -> BigInt,
        note -> Text,
        source -> Text,
        corrects_id -> Nullable<Binary>,
        by_user -> Nullable<Binary>,
        at -> Timestamp,
    }
}

diesel::table! {
    agreement_misses (id) {
        id -> Binary,
        branch_id -> Binary,
        agreement_id -> Binary,
        line_id -> Binary,
        kind -> Text,
        noticed_on -> Date,
        done -> BigInt,
        settled_at -> Nullable<Timestamp>,
        answer -> Nullable<Text>,
        answered_by -> Nullable<Binary>,
        answered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    partner_links (id) {
        id -> Binary,
        token_hash -> Binary,
        branch_id -> Binary,
        outlet_id -> Binary,
        expires_at -> Timestamp,
        created_by -> Binary,
        created_at -> Timestamp,
        read_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    branch_planning (branch_id) {
        branch_id -> Binary,
        max_days_per_week -> Integer,
        max_consecutive -> Integer,
        weights -> Text,
        by_user -> Binary,
        at -> Timestamp,
    }
}

diesel::table! {
    broker_planning (broker_id) {
        broker_id -> Binary,
        branch_id -> Binary,
        level -> Nullable<Integer>,
        home -> Nullable<Binary>,
        max_km -> Nullable<Integer>,
        by_user -> Binary,
        at -> Timestamp,
    }
}

diesel::table! {
    outlet_planning (outlet_id) {
        outlet_id -> Binary,
        branch_id -> Binary,
        min_level -> Integer,
        by_user -> Binary,
        at -> Timestamp,
    }
}

diesel::table! {
    rota_plans (id) {
        id -> Binary,
        branch_id -> Binary,
        from_date -> Date,
        to_date -> Date,
        state -> Text,
        keep -> Text,
        weights -> Text,
        change_cost -> Integer,
        seconds -> Integer,
        seed -> BigInt,
        server -> Binary,
        lease_until -> Timestamp,
        asked_to_stop -> Text,
        best -> Nullable<BigInt>,
        cost -> Nullable<Text>,
        cost_before -> Nullable<Text>,
        result -> Nullable<Binary>,
        refused -> Integer,
        problem -> Text,
        draft_id -> Nullable<Binary>,
        by_user -> Binary,
        started_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::joinable!(users -> branches (branch_id));
diesel::joinable!(invitations -> users (user_id));
diesel::joinable!(half_sign_ins -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(calendar_days -> branches (branch_id));
diesel::joinable!(outlets -> branches (branch_id));
diesel::joinable!(outlets -> banks (bank_id));
diesel::joinable!(outlet_hours -> outlets (outlet_id));
diesel::joinable!(outlet_closures -> outlets (outlet_id));
diesel::joinable!(outlet_phases -> outlets (outlet_id));
diesel::joinable!(contacts -> outlets (outlet_id));
diesel::joinable!(communities -> branches (branch_id));
diesel::joinable!(shifts -> branches (branch_id));
diesel::joinable!(shifts -> outlets (outlet_id));
diesel::joinable!(shifts -> users (broker_id));
diesel::joinable!(checkins -> branches (branch_id));
diesel::joinable!(checkins -> users (broker_id));
diesel::joinable!(checkins -> outlets (outlet_id));
diesel::joinable!(checkins -> shifts (shift_id));
diesel::joinable!(prospects -> branches (branch_id));
diesel::joinable!(prospects -> outlets (outlet_id));
diesel::joinable!(consents -> prospects (prospect_id));
diesel::joinable!(touches -> prospects (prospect_id));
diesel::joinable!(touches -> users (by_user));
diesel::joinable!(touch_changes -> touches (touch_id));
diesel::joinable!(stage_changes -> prospects (prospect_id));
diesel::joinable!(prospect_changes -> prospects (prospect_id));
diesel::joinable!(follow_ups -> prospects (prospect_id));
diesel::joinable!(reminder_days -> users (user_id));
diesel::joinable!(reminder_days -> mails (mail_id));
diesel::joinable!(report_schedules -> users (user_id));
diesel::joinable!(prospects -> users (broker_id));
diesel::joinable!(follow_ups -> users (broker_id));
diesel::joinable!(outlet_special_hours -> outlets (outlet_id));
diesel::joinable!(leaves -> users (broker_id));
diesel::joinable!(unwelcome -> users (broker_id));
diesel::joinable!(unwelcome -> outlets (outlet_id));
diesel::joinable!(draft_shifts -> rota_drafts (draft_id));
diesel::joinable!(attendance_corrections -> shifts (shift_id));
diesel::joinable!(spot_checks -> outlets (outlet_id));
diesel::joinable!(spot_checks -> users (broker_id));
diesel::joinable!(broker_planning -> users (broker_id));
diesel::joinable!(outlet_planning -> outlets (outlet_id));
diesel::joinable!(rota_plans -> branches (branch_id));
diesel::joinable!(agreements -> branches (branch_id));
diesel::joinable!(agreements -> outlets (outlet_id));
diesel::joinable!(agreement_lines -> agreements (agreement_id));
diesel::joinable!(agreement_misses -> agreements (agreement_id));
diesel::joinable!(agreement_misses -> agreement_lines (line_id));

diesel::allow_tables_to_appear_in_same_query!(
    settings,
    requests,
    audit_entries,
    audit_seals,
    board_edits,
    branches,
    users,
    invitations,
    half_sign_ins,
    sessions,
    sign_in_tries,
    calendar_days,
    banks,
    outlets,
    outlet_hours,
    outlet_closures,
    outlet_phases,
    contacts,
    communities,
    shifts,
    checkins,
    prospects,
    consents,
    touches,
    touch_changes,
    stage_changes,
    prospect_changes,
    follow_ups,
    erased_people,
    data_requests,
    mails,
    reminder_days,
    prospect_imports,
    prospect_import_parts,
    report_schedules,
    report_mails,
    outlet_special_hours,
    leaves,
    unwelcome,
    rota_drafts,
    draft_shifts,
    draft_changes,
    rota_publications,
    shift_changes,
    swaps,
    attendance_corrections,
    spot_checks,
    calendar_feeds,
    rota_sheet_codes,
    funnel_segments,
    funnel_marks,
    roll_days,
    roll_marks,
    goal_settings,
    broker_tiers,
    targets,
    agreements,
    agreement_lines,
    agreement_entries,
    agreement_misses,
    partner_links,
    branch_planning,
    broker_planning,
    outlet_planning,
    rota_plans,
);
