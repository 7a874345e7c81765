/*
 * Copyright (c) 2026, chatapp.cams contributors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The protocol of the PostgreSQL store: lease, fence, intent, deadline, take-over. README.md explains it.
 * tests/checks/protocol_model.py names the switches (-D) of each case and what spin must find.
 *
 * A crash and a pause need no step of their own: any run may stop between two steps for ever, or go on late.
 * A statement that cannot run is a run that stops. So "ends red" is not written out either.
 */

#include "state.pml"
#include "transactions.pml"
#include "calls.pml"

proctype a_run(byte me) {
    byte fence, open, generation;
    bool named, holds, seen, tried_again;
    mtype answer;

#ifdef READ_BEFORE_LEASE
    read_journal();
    take_lease();
#else
    take_lease();
    read_journal();
#endif
#ifdef RESEND
    if
    :: named = true; resends++; printf("    %c's operator names the number in resend\n", 'A' + me)
    :: skip
    fi;
#endif
    if
    :: atomic { holds && !named -> goto end_cleanly }
    :: named -> goto request_code
    :: !holds
    fi;
    read_cloud();
    if
    :: seen ->
        commit_initiate_conclusion(true); /* accepted, and no code: this run did not get the OK */
        goto end_cleanly
    :: else ->
#ifdef CHECK_BEFORE_INTENT
        age[me] == YOUNG;
#endif
        begin(FENCE_ALLOWS);
        commit_initiate_intent(); /* closes the open initiate of an earlier run in the same transaction */
        open = fence
    fi;
initiate:
    send_initiate();
    if
    :: answer == THROTTLED -> goto initiate
    :: answer == REFUSED ->
        commit_initiate_conclusion(false);
        goto end_cleanly
    :: answer == LOST ->
        read_cloud();
        if
        :: seen ->
            commit_initiate_conclusion(true);
            goto end_cleanly
        :: !seen && !tried_again -> tried_again = true; goto initiate
        :: !seen && tried_again -> goto end_cleanly /* unknown: the entry stays open */
        fi
    :: answer == OK
    fi;
#ifdef NO_CONCLUSION
    generation = fence;
#else
#ifdef ONE_TRANSACTION
    begin(CODE_FENCE_ALLOWS);
    commit_conclusion_and_code_intent();
    goto code;
#else
    commit_initiate_conclusion(true);
#endif
#endif
request_code:
#ifndef NO_CODE_INTENT
#ifdef CHECK_BEFORE_INTENT
    age[me] == YOUNG;
#endif
    begin(CODE_FENCE_ALLOWS);
    commit_code_intent();
#endif
code:
    send_code_request();
    if
    :: answer == THROTTLED -> goto code
    :: answer == THROTTLED ->
        commit_not_sent()
    :: answer == OK
    fi;
#ifdef ASKS_AGAIN
    goto request_code; /* a mistake in the program */
#endif
end_cleanly:
    atomic {
        COMMITS && S.fence == fence ->
        printf("%c ends cleanly\n", 'A' + me);
        ENDS_WITH_CODE;
        S.ended = true;
        lock[me] = false;
        age[me] = YOUNG;
        committed();
        fence = 0; open = 0; generation = 0; named = 0; holds = 0; seen = 0; tried_again = 0; answer = 0 /* fewer states */
    }
}

/* Before a run leases, and after it ended, time and losses change nothing for the number. */
#define OWNS (leased[me] && S.owner == me + 1 && !S.ended)

/* Time, heartbeats, lost connections, and sessions that the server ends. */
proctype surroundings(byte me) {
    do
    :: atomic {
        OWNS && age[me] < PAST_LEASE ->
        age[me]++;
        if
        :: age[me] == PAST_DEADLINE -> printf("    %c sends no heartbeat: its deadline has passed\n", 'A' + me)
        :: age[me] == PAST_LEASE -> printf("    %c sends no heartbeat: its lease has expired\n", 'A' + me)
        fi
    }
    :: atomic { /* a heartbeat runs on the session of the lock, so a lost lock is noticed */
        lock[me] && age[me] > YOUNG && COMMITS ->
        age[me] = YOUNG;
        printf("    %c sends a heartbeat\n", 'A' + me)
    }
    :: atomic { OWNS && lock[me] -> lock[me] = false; printf("    %c loses the session of its lock\n", 'A' + me) }
    :: atomic { in_transaction[me] -> in_transaction[me] = false; printf("    the server ends %c's transaction\n", 'A' + me) }
    od
}

#ifdef FAITHFUL_READS
active proctype late_initiate() {
    do
    :: atomic { late && !initiated -> initiated = true; printf("    the initiate that was on its way is accepted\n") }
    od
}
#endif

#ifdef RECONNECTS
active proctype reconnect() {
    do
    :: atomic { primary == 1 && leased[0] && server[0] == 0 -> server[0] = 1; printf("    A connects to the new primary\n") }
    od
}
#endif

#ifdef LEASE_SURVIVES
#define SURVIVES (store[1].fence > 0)
#else
#define SURVIVES true
#endif

#if defined(SYNC) || defined(ASYNC)
active proctype failover() {
    do
#ifdef ASYNC
    :: atomic { primary == 0 -> copy_to_standby(); printf("    the standby has all commits so far\n") }
#endif
    :: atomic {
        primary == 0 && SURVIVES ->
        primary = 1;
#ifdef RULE_FOR_ALL
        store[1].marked = true;
#else
        store[1].marked = store[1].fence > 0;
#endif
        if
        :: store[1].fence == 0 -> printf("    FAILOVER to a standby that has nothing about the number\n")
        :: store[1].fence > 0 && !store[1].codes -> printf("    FAILOVER to a standby that has the lease and no code request\n")
        :: store[1].codes -> printf("    FAILOVER to a standby that has the code request\n")
        fi
    }
    od
}
#endif

init {
    byte i;
    atomic {
        for (i : 0 .. RUNS - 1) {
            run a_run(i);
            run surroundings(i)
        }
    }
}
