/*
 * Copyright (c) 2026, chatapp.cams contributors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run does in the store: lease, read the journal, commit intents and conclusions.
 */

/* Lease: the lock of the owner's run can be taken, and the run ended cleanly or its heartbeat is older than the lease. */
#define OWNER (store[primary].owner - 1)
#ifdef TAKE_WITHOUT_LOCK
#define LOCK_IS_FREE true
#else
#define LOCK_IS_FREE (!lock[OWNER] || server[OWNER] != primary)
#endif
#ifdef TAKE_BY_LOCK_ALONE
#define IS_EXPIRED true
#elif defined(ASYNC)
/* The standby may have an older heartbeat than the run sent. */
#define IS_EXPIRED (age[OWNER] == PAST_LEASE || server[OWNER] != primary)
#else
#define IS_EXPIRED (age[OWNER] == PAST_LEASE)
#endif
#define IS_FREE (store[primary].owner == 0 || store[primary].ended || (LOCK_IS_FREE && IS_EXPIRED))

/* FOR SHARE on the lease row: a take-over waits until the transaction has ended. */
#if defined(PLAIN_SELECT) || defined(NO_FENCE)
#define ROW_IS_FREE true
#else
#define HOLDS(i) (in_transaction[i] && server[i] == primary)
#define ROW_IS_FREE (!HOLDS(0) && !HOLDS(1) && !HOLDS(RUNS - 1))
#endif

/* A run connects, takes its run's lock and leases the number. Runs are alike: A is the first that leases. */
inline take_lease() {
    atomic {
        (me == 0 || leased[me - 1]) && IS_FREE && ROW_IS_FREE ->
        server[me] = primary;
        leased[me] = true;
        lock[me] = true;
        if
        :: S.owner == 0 -> printf("%c leases the number\n", 'A' + me)
        :: S.owner != 0 && S.ended -> printf("%c leases the number after an earlier run\n", 'A' + me)
        :: else -> printf("%c takes the number over\n", 'A' + me)
        fi;
#ifdef MARK_LOST
        if
        :: S.owner != 0 && server[S.owner - 1] == primary -> S.marked = false
        :: else
        fi;
#endif
        S.owner = me + 1;
        S.fence++;
        S.ended = false;
        fence = S.fence;
        committed()
    }
}

inline read_journal() {
    atomic {
        COMMITS ->
        holds = S.accepted || S.codes != 0;
        open = S.open;
        if
        :: holds -> printf("%c reads the journal: the migration has started\n", 'A' + me)
        :: !holds && open -> printf("%c reads the journal: an open initiate\n", 'A' + me)
        :: !holds && !open -> printf("%c reads the journal: no entry\n", 'A' + me)
        fi
    }
}

#ifdef NO_FENCE
#define FENCE_ALLOWS true
#else
#define FENCE_ALLOWS (S.fence == fence)
#endif
#ifdef NO_CODE_FENCE
#define CODE_FENCE_ALLOWS true
#else
#define CODE_FENCE_ALLOWS FENCE_ALLOWS
#endif

/* The transaction of an intent: the fence first, then the entry. */
inline begin(fence_allows) {
    atomic {
        COMMITS && fence_allows ->
        in_transaction[me] = true;
        printf("%c begins a transaction\n", 'A' + me)
    }
}

inline commit_initiate_intent() {
    atomic {
        in_transaction[me] && COMMITS && S.open == open && open < fence ->
        printf("%c commits the intent to initiate\n", 'A' + me);
        COMMITS_UNDER_ITS_LEASE;
        S.open = fence;
        in_transaction[me] = false;
        committed()
    }
}

inline write_conclusion(is_accepted) {
    printf("%c commits the conclusion of the initiate\n", 'A' + me);
    S.open = (S.open == fence || S.open == open -> 0 : S.open);
    S.accepted = S.accepted || is_accepted;
    if
    :: is_accepted -> S.generation++; generation = S.generation
    :: else
    fi
}

/* A conclusion needs no fence: it closes the run's own entry and only tightens, so it may come late. */
inline commit_initiate_conclusion(is_accepted) {
    atomic {
        COMMITS ->
        write_conclusion(is_accepted);
        committed()
    }
}

#ifdef NO_KEY
#define KEY_ALLOWS true
#else
#define KEY_ALLOWS ((S.codes & (1 << generation)) == 0)
#endif

/* Timeline rule: a number that was under way when the timeline changed gets no code without resend. */
#ifdef NO_TIMELINE_RULE
#define TIMELINE_ALLOWS true
#else
#define TIMELINE_ALLOWS (!S.marked || named)
#endif

inline write_code_intent() {
    if
    :: named -> S.generation++; generation = S.generation
    :: else
    fi;
    KEY_ALLOWS ->
    printf("%c commits the intent to request a code, generation %d\n", 'A' + me, generation);
    COMMITS_UNDER_ITS_LEASE;
    NO_LATE_INTENT;
    S.codes = S.codes | (1 << generation)
}

inline commit_code_intent() {
    atomic {
        in_transaction[me] && COMMITS && TIMELINE_ALLOWS ->
        write_code_intent();
        in_transaction[me] = false;
        committed()
    }
}

inline commit_conclusion_and_code_intent() {
    atomic {
        in_transaction[me] && COMMITS && TIMELINE_ALLOWS ->
        write_conclusion(true);
        write_code_intent();
        in_transaction[me] = false;
        committed()
    }
}

inline commit_not_sent() {
    atomic {
        COMMITS ->
        printf("%c commits that its code request was not sent\n", 'A' + me);
        S.codes = S.codes & ~(1 << generation);
        NOT_SENT;
        committed()
    }
}
