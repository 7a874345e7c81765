/*
 * Copyright (c) 2026, chatapp.cams contributors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the model remembers, and what its three properties assert.
 */

#ifndef RUNS
#define RUNS 3 /* A on one machine, B on the other, C: the next run of either machine, also after a crash of it */
#endif

/* Age of a run's last heartbeat, counted from when the run sent it. */
#define YOUNG 0        /* within the deadline */
#define PAST_DEADLINE 1
#define PAST_LEASE 2   /* later than PAST_DEADLINE, because the deadline is shorter by a margin */

typedef Store {
    byte owner;        /* 0: the number was never leased; otherwise the run, counted from 1 */
    byte fence;
    bool ended;        /* the owner ended cleanly */
    byte open;         /* the fence of the open initiate, 0 without one: the key allows one open entry */
    bool accepted;     /* an initiate was accepted or seen */
    byte generation;   /* grows with an accepted initiate and with a named resend */
    byte codes;        /* one bit for each generation with a code request that is not "not sent" */
    bool marked        /* under way when the timeline changed */
};

Store store[2];        /* [1] is the standby; it serves after a failover */
byte primary = 0;
byte server[RUNS];     /* which server a run is connected to; it never reconnects */
bool leased[RUNS];
bool lock[RUNS];       /* the session that holds the run's advisory lock lives; the work has a session of its own */
byte age[RUNS];
bool in_transaction[RUNS];
bool initiated;        /* at the API: the number was added */
bool late;             /* an initiate is still on its way and may be accepted at any time */
byte code_requests;    /* at the API: what property 1 counts */
byte resends;          /* how many runs name the number in resend */

#define S store[server[me]]

/* Whether a run's server still commits. The old primary does after a failover, when it lives and waits for nobody. */
#ifdef SPLIT
#define COMMITS true
#else
#define COMMITS (server[me] == primary)
#endif

#ifdef PROPERTY_2
#define LEAVES_UNDER_ITS_LEASE assert(store[primary].fence == fence)
#else
#define LEAVES_UNDER_ITS_LEASE skip
#endif

#ifdef PROPERTY_1
#define NO_SECOND_CODE assert(code_requests <= 1 + resends)
#else
#define NO_SECOND_CODE skip
#endif

/* The same for intents, where a resend could hide it: none without resend after another one. */
#if defined(PROPERTY_1) && defined(RESEND)
byte code_intents;
#define NO_LATE_INTENT assert(named || code_intents == 0); code_intents++
#define NOT_SENT code_intents--
#else
#define NO_LATE_INTENT skip
#define NOT_SENT skip
#endif

#ifdef PROPERTY_3
#define COMMITS_UNDER_ITS_LEASE assert(S.fence == fence)
#else
#define COMMITS_UNDER_ITS_LEASE skip
#endif

#ifdef REACHES_END
#define ENDS_WITH_CODE assert(!(me == RUNS - 1 && code_requests == 1 && S.fence == RUNS))
#else
#define ENDS_WITH_CODE skip
#endif

inline copy_to_standby() {
    store[1].owner = store[0].owner;
    store[1].fence = store[0].fence;
    store[1].ended = store[0].ended;
    store[1].open = store[0].open;
    store[1].accepted = store[0].accepted;
    store[1].generation = store[0].generation;
    store[1].codes = store[0].codes
}

/* The end of a COMMIT. With a synchronous standby it returns when the standby has it. */
inline committed() {
#ifdef SYNC
    if
    :: primary == 0 -> copy_to_standby()
    :: primary == 0 -> /* the wait for the standby was cancelled */
        printf("    the wait for the standby was cancelled\n");
#ifndef CANCELLED_WAIT_IS_SUCCESS
        false /* a failure: the run stops */
#endif
    :: primary == 1 -> skip
    fi
#else
    skip
#endif
}
